package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder for the Embedding Projector, read by its rules (TensorBoard's documentation: vectors
 * without a heading; a heading over metadata of several columns and never over one; a sprite of at
 * most 8,192 pixels, row by row), with patience for nothing: a line that the Projector would drop
 * would move all names after it.
 *
 * @param vectors one a point
 * @param columns the heading, empty where there is none
 * @param metadata one a point
 * @param sprite all thumbnails, if there are any
 * @param side pixels along a thumbnail's sides
 */
record ProjectorFiles(
    List<float[]> vectors,
    List<String> columns,
    List<List<String>> metadata,
    Optional<Picture> sprite,
    int side) {
  private static final Pattern CONFIG =
      Pattern.compile(
          """
          embeddings \\{
            tensor_path: "([^"\\\\]+)"
            metadata_path: "([^"\\\\]+)"
          (?:  sprite \\{
              image_path: "([^"\\\\]+)"
              single_image_dim: (\\d+)
              single_image_dim: (\\d+)
            \\}
          )?\\}
          """);

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final int LARGEST_SPRITE = 8192;

  static ProjectorFiles read(Path folder) throws IOException {
    Matcher config = CONFIG.matcher(Files.readString(folder.resolve("projector_config.pbtxt")));
    assertTrue(config.matches(), "projector_config.pbtxt");
    List<float[]> vectors = new ArrayList<>();
    for (List<String> cells : table(folder.resolve(config.group(1)))) {
      float[] vector = new float[cells.size()];
      for (int k = 0; k < vector.length; k++) {
        assertTrue(NUMBER.matcher(cells.get(k)).matches(), cells.get(k));
        vector[k] = Float.parseFloat(cells.get(k));
      }
      vectors.add(vector);
    }
    List<List<String>> rows = table(folder.resolve(config.group(2)));
    boolean hasHeading = rows.getFirst().size() > 1;
    List<List<String>> metadata = hasHeading ? rows.subList(1, rows.size()) : rows;
    assertEquals(vectors.size(), metadata.size(), "a line of metadata a point");
    Optional<Picture> sprite =
        Optional.ofNullable(config.group(3)).map(name -> Picture.read(folder.resolve(name)));
    int side = sprite.isPresent() ? Integer.parseInt(config.group(4)) : 0;
    sprite.ifPresent(
        s -> {
          assertEquals(config.group(4), config.group(5), "thumbnails are square");
          assertEquals((int) Math.ceil(Math.sqrt(vectors.size())) * side, s.width());
          assertEquals(s.width(), s.height());
          assertTrue(s.width() <= LARGEST_SPRITE, "too large: " + s.width());
        });
    return new ProjectorFiles(
        vectors, hasHeading ? rows.getFirst() : List.of(), metadata, sprite, side);
  }

  /** The colour at a place of a point's thumbnail, as {@code 0xRRGGBB}. */
  int rgb(int point, int x, int y) {
    Picture all = sprite.orElseThrow();
    int across = all.width() / side;
    return all.rgb(point % across * side + x, point / across * side + y);
  }

  /** Lines of cells apart by tabs, as many in each. */
  private static List<List<String>> table(Path file) throws IOException {
    String text = Files.readString(file);
    assertTrue(text.endsWith("\n"), file + " ends in the middle of a line");
    List<List<String>> rows = new ArrayList<>();
    for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
      assertFalse(line.isBlank(), file + " has an empty line");
      assertFalse(line.contains("\r"), file + " has a carriage return");
      rows.add(Stream.of(line.split("\t", -1)).toList());
      assertEquals(rows.getFirst().size(), rows.getLast().size(), line);
    }
    return rows;
  }
}
