package io.convlens.render;

import io.convlens.image.Picture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Items on a plane, each with a place, a cell of a grid, a name, and perhaps a class and a small
 * picture.
 *
 * @param x one an item
 * @param y one an item, growing downwards
 * @param columns of the grid
 * @param rows of the grid
 * @param cells one an item, no two the same: row times columns plus column
 * @param names one an item
 * @param classes one an item, or none at all
 * @param thumbnails one an item and all of one size, or none at all
 */
@SuppressWarnings("ArrayRecordComponent") // Made for one drawing, compared by nobody.
public record Scatter(
    float[] x,
    float[] y,
    int columns,
    int rows,
    int[] cells,
    List<String> names,
    Optional<List<String>> classes,
    List<Picture> thumbnails) {

  private static final int[] COLOURS = {
    0x1f77b4, 0xe07b1f, 0x2f9e44, 0xd0342c, 0x8b5fbf, 0x8c5a45, 0xd868b4, 0x6b7280, 0xa8a81f,
    0x17a2b8, 0x0b3d91, 0xf2b705, 0x00694e, 0x7a0019, 0x4b0082, 0xc19a6b, 0xff7f7f, 0x3d3d3d,
    0x556b2f, 0x66c2ff
  };

  private static final int PLAIN = 0x2b5f9e;

  /** Copies the lists. */
  public Scatter {
    names = List.copyOf(names);
    classes = classes.map(List::copyOf);
    thumbnails = List.copyOf(thumbnails);
  }

  /** The number of items. */
  public int count() {
    return x.length;
  }

  /** The classes that there are, in the order in which they come. */
  public List<String> classNames() {
    return classes.map(c -> c.stream().distinct().toList()).orElse(List.of());
  }

  /** An item's colour as {@code 0xRRGGBB}: one a class, used again after twenty. */
  List<Integer> colours() {
    Map<String, Integer> byClass = new HashMap<>();
    for (String name : classNames()) {
      byClass.put(name, COLOURS[byClass.size() % COLOURS.length]);
    }
    List<Integer> colours = new ArrayList<>();
    for (int i = 0; i < count(); i++) {
      int item = i;
      colours.add(classes.map(c -> byClass.get(c.get(item))).orElse(PLAIN));
    }
    return colours;
  }

  /** Places scaled to 0..1, both axes alike, the shorter one in the middle. */
  double[][] unitPlaces() {
    double[] rangeX = range(x);
    double[] rangeY = range(y);
    double extent = Math.max(rangeX[1] - rangeX[0], rangeY[1] - rangeY[0]);
    double[][] places = new double[count()][];
    for (int i = 0; i < count(); i++) {
      places[i] =
          new double[] {
            unit(x[i], rangeX, extent), unit(y[i], rangeY, extent),
          };
    }
    return places;
  }

  private static double unit(double value, double[] range, double extent) {
    double middle = (range[0] + range[1]) / 2;
    return extent > 0 ? 0.5 + (value - middle) / extent : 0.5;
  }

  private static double[] range(float[] values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return new double[] {low, high};
  }
}
