package io.convlens.render;

import io.convlens.image.Picture;
import io.convlens.io.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/**
 * A page that shows a {@link Scatter} and lets people move about in it: zoom, drag, search by name,
 * pick a class, point at an item, and change between places and grid. One file that needs no
 * network.
 *
 * @param title the heading
 * @param lead a line of figures under it
 * @param scatter what is shown
 */
public record ScatterPage(String title, String lead, Scatter scatter) {
  private static final String TEMPLATE = "scatter.html";

  /** Pixels along each side of the picture of all thumbnails, at most: what browsers take. */
  private static final int LARGEST_ATLAS = 8192;

  /**
   * Writes the page, whole or not at all.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public void write(Path file) {
    WholeFile.write(file, html());
  }

  /** The page's text. */
  public String html() {
    String data = JsonMapper.builder().build().writeValueAsString(data());
    // A name must not be able to end the script.
    return template().replace("{{data}}", data.replace("<", "\\u003c"));
  }

  private static String template() {
    try (InputStream in =
        Objects.requireNonNull(ScatterPage.class.getResourceAsStream(TEMPLATE), TEMPLATE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, Object> data() {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("title", title);
    data.put("lead", lead);
    List<List<Double>> places = new ArrayList<>();
    for (double[] place : scatter.unitPlaces()) {
      places.add(List.of(rounded(place[0]), rounded(place[1])));
    }
    data.put("places", places);
    data.put("columns", scatter.columns());
    data.put("rows", scatter.rows());
    data.put("cells", scatter.cells());
    data.put("names", scatter.names());
    data.put("classes", scatter.classNames());
    List<String> names = scatter.classNames();
    data.put(
        "classOf",
        scatter.classes().map(c -> c.stream().map(names::indexOf).toList()).orElse(List.of()));
    data.put("colours", scatter.colours().stream().map(c -> String.format("#%06x", c)).toList());
    if (!scatter.thumbnails().isEmpty()) {
      int side = scatter.thumbnails().getFirst().width();
      int across = Math.max(1, Math.min(LARGEST_ATLAS / side, scatter.columns()));
      data.put("side", side);
      data.put("across", across);
      data.put(
          "atlas",
          "data:image/png;base64,"
              + Base64.getEncoder().encodeToString(Png.bytes(atlas(side, across))));
    }
    return data;
  }

  private static double rounded(double place) {
    return Math.rint(place * 1e5) / 1e5;
  }

  private Picture atlas(int side, int across) {
    int rows = (scatter.count() + across - 1) / across;
    Canvas canvas = new Canvas(across * side, rows * side, 0xffffff);
    for (int i = 0; i < scatter.count(); i++) {
      Picture picture = scatter.thumbnails().get(i);
      for (int y = 0; y < picture.height(); y++) {
        for (int x = 0; x < picture.width(); x++) {
          canvas.set(i % across * side + x, i / across * side + y, picture.rgb(x, y));
        }
      }
    }
    return canvas.toPicture("thumbnails");
  }
}
