package io.convlens.report;

import io.convlens.embed.Embedding;
import io.convlens.embed.SnappedGrid;
import io.convlens.image.Picture;
import io.convlens.render.Png;
import io.convlens.render.Scatter;
import io.convlens.render.ScatterFigure;
import io.convlens.render.ScatterPage;
import io.convlens.render.Sheet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Draws an embedding: a picture of all items at their places, one of them in a grid, and a page to
 * move about in.
 *
 * @param title the page's heading
 * @param lead a line of figures under it
 */
public record EmbeddingFigures(String title, String lead) {
  /** Pixels of all thumbnails together: what a page holds without becoming slow. */
  private static final double PIXELS = 9e6;

  private static final int LARGEST_THUMBNAIL = 64;
  private static final int LEAST_THUMBNAIL = 12;

  /**
   * Writes {@code embedding.png}, {@code embedding.html} and, with pictures, {@code
   * embedding-grid.png}.
   *
   * @param names one a point
   * @param classes one a point, if there are any
   * @param pictures gives each point's picture, if there are any; asked once, in order
   * @return what is in {@code embedding.png}
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public Picture save(
      Embedding embedding,
      List<String> names,
      Optional<List<String>> classes,
      Optional<IntFunction<Picture>> pictures,
      Path folder) {
    Scatter scatter = scatter(embedding, names, classes, pictures);
    Picture map = ScatterFigure.map(scatter);
    Png.write(folder.resolve("embedding.png"), map);
    if (pictures.isPresent()) {
      Png.write(folder.resolve("embedding-grid.png"), ScatterFigure.grid(scatter));
    }
    new ScatterPage(title, lead, scatter).write(folder.resolve("embedding.html"));
    return map;
  }

  private static Scatter scatter(
      Embedding embedding,
      List<String> names,
      Optional<List<String>> classes,
      Optional<IntFunction<Picture>> pictures) {
    SnappedGrid grid = SnappedGrid.of(embedding.x(), embedding.y());
    List<Picture> thumbnails = new ArrayList<>();
    if (pictures.isPresent()) {
      int side = side(names.size());
      for (int i = 0; i < names.size(); i++) {
        thumbnails.add(square(pictures.get().apply(i), side));
      }
    }
    return new Scatter(
        embedding.x(),
        embedding.y(),
        grid.columns(),
        grid.rows(),
        grid.cells(),
        names,
        classes,
        thumbnails);
  }

  private static int side(int count) {
    return Math.clamp((int) Math.sqrt(PIXELS / count), LEAST_THUMBNAIL, LARGEST_THUMBNAIL);
  }

  /** The whole picture in the middle of a white square. */
  private static Picture square(Picture picture, int side) {
    Picture small = Sheet.sized(picture, side);
    byte[] rgb = new byte[3 * side * side];
    Arrays.fill(rgb, (byte) 0xff);
    byte[] from = small.toRgb();
    int left = (side - small.width()) / 2;
    int top = (side - small.height()) / 2;
    for (int y = 0; y < small.height(); y++) {
      System.arraycopy(
          from, 3 * y * small.width(), rgb, 3 * ((top + y) * side + left), 3 * small.width());
    }
    return Picture.ofRgb(picture.name(), side, side, rgb);
  }
}
