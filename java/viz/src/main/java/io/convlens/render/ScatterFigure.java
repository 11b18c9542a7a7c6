package io.convlens.render;

import io.convlens.image.Picture;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws a {@link Scatter}: thumbnails at their places or in their cells, dots where there are none.
 */
public final class ScatterFigure {
  private static final int PAPER = 0xffffff;
  private static final int INK = 0x1c1f24;
  private static final int SIDE = 1600;
  private static final int MARGIN = 40;
  private static final int LEGEND_LINE = 22;
  private static final int LEGEND_MOST = 40;
  private static final double DOT = 7;
  private static final int FRAME = 2;

  /** A grid is drawn at most this large; its thumbnails are made smaller for it. */
  private static final int LARGEST_GRID = 8000;

  private static final StrokeFont TEXT = new StrokeFont(10.5, 0.125);

  private ScatterFigure() {}

  /** Every item where it is; of those that overlap the later ones lie above. */
  public static Picture map(Scatter scatter) {
    int legend = Math.min(LEGEND_MOST, scatter.classNames().size()) * LEGEND_LINE;
    Canvas canvas = new Canvas(SIDE, SIDE + (legend > 0 ? legend + MARGIN / 2 : 0), PAPER);
    double[][] places = scatter.unitPlaces();
    List<Integer> colours = scatter.colours();
    int thumb = thumbSide(scatter);
    double room = SIDE - 2.0 * MARGIN - thumb;
    for (int i = 0; i < scatter.count(); i++) {
      double centreX = MARGIN + thumb / 2.0 + places[i][0] * room;
      double centreY = MARGIN + thumb / 2.0 + places[i][1] * room;
      if (scatter.thumbnails().isEmpty()) {
        canvas.stroke(List.of(new double[] {centreX, centreY}), DOT, colours.get(i));
      } else {
        int left = (int) Math.rint(centreX - thumb / 2.0);
        int top = (int) Math.rint(centreY - thumb / 2.0);
        Picture small = Sheet.sized(scatter.thumbnails().get(i), thumb);
        draw(canvas, small, left, top);
        if (scatter.classes().isPresent()) {
          canvas.frame(left, top, small.width(), small.height(), FRAME, colours.get(i));
        }
      }
    }
    legend(canvas, scatter, colours);
    return canvas.toPicture("embedding");
  }

  /** Large enough to be seen, small enough that half of the plane stays free. */
  private static int thumbSide(Scatter scatter) {
    if (scatter.thumbnails().isEmpty()) {
      return (int) DOT;
    }
    int own = scatter.thumbnails().getFirst().width();
    return Math.clamp((int) (SIDE / Math.sqrt(scatter.count() * 2.0)), 10, Math.max(10, own));
  }

  private static void legend(Canvas canvas, Scatter scatter, List<Integer> colours) {
    List<String> classes = new ArrayList<>(scatter.classNames());
    for (int c = 0; c < Math.min(LEGEND_MOST, classes.size()); c++) {
      int first = scatter.classes().orElseThrow().indexOf(classes.get(c));
      double y = SIDE + c * LEGEND_LINE + 8.0;
      canvas.stroke(List.of(new double[] {MARGIN + 6.0, y}), 11, colours.get(first));
      TEXT.draw(canvas, MARGIN + 20.0, y + 5, TEXT.fitted(classes.get(c), SIDE / 2.0), INK);
    }
  }

  /**
   * Every item in its cell.
   *
   * @throws IllegalArgumentException if there are no thumbnails
   */
  public static Picture grid(Scatter scatter) {
    if (scatter.thumbnails().isEmpty()) {
      throw new IllegalArgumentException("nothing to fill a grid with");
    }
    int own = scatter.thumbnails().getFirst().width();
    int side = Math.max(1, Math.min(own, LARGEST_GRID / scatter.columns()));
    Canvas canvas = new Canvas(scatter.columns() * side, scatter.rows() * side, PAPER);
    for (int i = 0; i < scatter.count(); i++) {
      Picture small = Sheet.sized(scatter.thumbnails().get(i), side);
      int cell = scatter.cells()[i];
      draw(canvas, small, cell % scatter.columns() * side, cell / scatter.columns() * side);
    }
    return canvas.toPicture("embedding grid");
  }

  private static void draw(Canvas canvas, Picture picture, int left, int top) {
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        canvas.set(left + x, top + y, picture.rgb(x, y));
      }
    }
  }
}
