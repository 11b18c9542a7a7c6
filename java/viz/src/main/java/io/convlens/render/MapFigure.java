package io.convlens.render;

import io.convlens.image.Picture;
import io.convlens.render.MapScene.Window;

/**
 * Draws a {@link MapScene} as a figure with everything needed to read it: the map, its colour scale
 * with the base score marked, the range of values, and the patch to scale. The same scene gives the
 * same pixels on every machine. Immutable, safe from several threads.
 *
 * <pre>{@code
 * var figure = new MapFigure(ColorMap.BLUE_RED, MapFigure.Detail.SMOOTH);
 * Png.write(Path.of("cat-heatmap.png"), figure.heatmap(scene));
 * Png.write(Path.of("cat-overlay.png"), figure.overlay(scene));
 * }</pre>
 *
 * @param colors the colours
 * @param detail whether steps from window to window are smoothed
 */
public record MapFigure(ColorMap colors, Detail detail) {
  /** How the map is drawn between windows. */
  public enum Detail {
    /** Averaged over one stride, which turns the steps between windows into slopes. */
    SMOOTH,
    /** Each pixel as it is in the numbers, steps and all. */
    CELLS
  }

  /** The length of a small picture's longer side in the figure comes near to this. */
  private static final int GOOD_SIDE = 540;

  /** A larger picture is drawn with this longer side. */
  private static final int LARGEST_SIDE = 1024;

  /** How much of the map's colour lies over the picture in an overlay. */
  private static final double OVERLAY = 0.5;

  /** How much of the picture's colour is taken away under the map, which needs the hues. */
  private static final double GREYING = 0.75;

  /** Blue and red in the default map, smoothed. */
  public MapFigure() {
    this(ColorMap.BLUE_RED, Detail.SMOOTH);
  }

  /** The map alone. */
  public Picture heatmap(MapScene scene) {
    return draw(scene, false);
  }

  /** The map laid over the picture, which is greyed so that the map's hues can be read. */
  public Picture overlay(MapScene scene) {
    return draw(scene, true);
  }

  private Picture draw(MapScene scene, boolean overPicture) {
    var layout = new FigureLayout(scene, colors, scale(scene.shown()));
    Canvas canvas = layout.canvas();
    Window window = scene.window();
    SurvivalMap map =
        detail == Detail.SMOOTH
            ? scene.map().smoothed(window.strideHeight(), window.strideWidth())
            : scene.map();
    panel(canvas, layout, scene, map, overPicture);
    layout.draw(canvas);
    return canvas.toPicture(scene.source());
  }

  /** Figure pixels for one of the picture: whole where the picture is small. */
  private static double scale(Picture picture) {
    int side = Math.max(picture.width(), picture.height());
    return side > LARGEST_SIDE
        ? (double) LARGEST_SIDE / side
        : Math.max(1, Math.round((double) GOOD_SIDE / side));
  }

  private void panel(
      Canvas canvas, FigureLayout layout, MapScene scene, SurvivalMap map, boolean overPicture) {
    int width = layout.panelWidth();
    int height = layout.panelHeight();
    Picture ground = overPicture ? scene.shown().resized(width, height) : scene.shown();
    double perX = (double) map.width() / width;
    double perY = (double) map.height() / height;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = (int) ((x + 0.5) * perX);
        int row = (int) ((y + 0.5) * perY);
        int under = overPicture ? greyed(ground.rgb(x, y)) : FigureLayout.NO_VALUE;
        int rgb;
        if (map.has(column, row)) {
          double value = value(map, column, row, (x + 0.5) * perX - 0.5, (y + 0.5) * perY - 0.5);
          int colour = colors.rgb(scene.scale().place(value));
          rgb = overPicture ? Canvas.mix(under, colour, OVERLAY) : colour;
        } else {
          rgb = FigureLayout.hatched(under, x, y);
        }
        canvas.set(layout.panelLeft() + x, layout.panelTop() + y, rgb);
      }
    }
  }

  /** Between pixel centres when smooth, counting only pixels that have a value. */
  private double value(SurvivalMap map, int column, int row, double x, double y) {
    if (detail == Detail.CELLS) {
      return map.at(column, row);
    }
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    double sum = 0;
    double weights = 0;
    for (int v = Math.max(top, 0); v <= Math.min(top + 1, map.height() - 1); v++) {
      for (int u = Math.max(left, 0); u <= Math.min(left + 1, map.width() - 1); u++) {
        if (map.has(u, v)) {
          double weight = (1 - Math.abs(x - u)) * (1 - Math.abs(y - v));
          sum += weight * map.at(u, v);
          weights += weight;
        }
      }
    }
    return weights > 0 ? sum / weights : map.at(column, row);
  }

  private static int greyed(int rgb) {
    double luma = 0.299 * ((rgb >> 16) & 0xff) + 0.587 * ((rgb >> 8) & 0xff) + 0.114 * (rgb & 0xff);
    return Canvas.mix(rgb, (int) Math.rint(luma) * 0x010101, GREYING);
  }
}
