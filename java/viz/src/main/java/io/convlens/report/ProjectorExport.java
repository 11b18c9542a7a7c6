package io.convlens.report;

import io.convlens.embed.Points;
import io.convlens.image.Picture;
import io.convlens.io.WholeFile;
import io.convlens.render.Png;
import io.convlens.render.Sheet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Writes codes for the Embedding Projector: {@code vectors.tsv} (a point a line, numbers apart by
 * tabs), {@code metadata.tsv} (its name and class), {@code sprite.png} (all thumbnails, row by row
 * in a square) and {@code projector_config.pbtxt}, by which TensorBoard finds them.
 *
 * @param folder where they go
 */
public record ProjectorExport(Path folder) {
  /** The largest sprite that the Projector takes, along a side. */
  private static final int SPRITE = 8192;

  private static final int THUMBNAIL = 64;

  /**
   * Writes all files.
   *
   * @param names one a point
   * @param classes one a point, if there are any
   * @param pictures gives each point's picture, if there are any
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public void write(
      Points points,
      List<String> names,
      Optional<List<String>> classes,
      Optional<IntFunction<Picture>> pictures) {
    WholeFile.write(folder.resolve("vectors.tsv"), vectors(points));
    WholeFile.write(folder.resolve("metadata.tsv"), metadata(names, classes));
    int side = side(names.size());
    pictures.ifPresent(p -> Png.write(folder.resolve("sprite.png"), sprite(names.size(), side, p)));
    WholeFile.write(
        folder.resolve("projector_config.pbtxt"),
        "embeddings {\n  tensor_path: \"vectors.tsv\"\n  metadata_path: \"metadata.tsv\"\n"
            + (pictures.isPresent()
                ? "  sprite {\n    image_path: \"sprite.png\"\n    single_image_dim: %1$d\n    single_image_dim: %1$d\n  }\n"
                    .formatted(side)
                : "")
            + "}\n");
  }

  private static String vectors(Points points) {
    var text = new StringBuilder();
    for (int i = 0; i < points.count(); i++) {
      for (int k = 0; k < points.dimensions(); k++) {
        text.append(k == 0 ? "" : "\t").append(points.columns()[k][i]);
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** A heading stands over several columns, but never over a single one. */
  private static String metadata(List<String> names, Optional<List<String>> classes) {
    var text = new StringBuilder(classes.isPresent() ? "name\tclass\n" : "");
    for (int i = 0; i < names.size(); i++) {
      text.append(plain(names.get(i)));
      if (classes.isPresent()) {
        text.append('\t').append(plain(classes.get().get(i)));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String plain(String word) {
    return word.replaceAll("[\\s\\p{Cntrl}]+", " ");
  }

  private static int across(int count) {
    return (int) Math.ceil(Math.sqrt(count));
  }

  private static int side(int count) {
    return Math.clamp(SPRITE / across(count), 1, THUMBNAIL);
  }

  private static Picture sprite(int count, int side, IntFunction<Picture> pictures) {
    int width = across(count) * side;
    byte[] rgb = new byte[3 * width * width];
    Arrays.fill(rgb, (byte) 0xff);
    for (int i = 0; i < count; i++) {
      Picture small = Sheet.sized(pictures.apply(i), side);
      byte[] from = small.toRgb();
      int left = i % across(count) * side + (side - small.width()) / 2;
      int top = i / across(count) * side + (side - small.height()) / 2;
      for (int y = 0; y < small.height(); y++) {
        System.arraycopy(
            from, 3 * y * small.width(), rgb, 3 * ((top + y) * width + left), 3 * small.width());
      }
    }
    return Picture.ofRgb("sprite", width, width, rgb);
  }
}
