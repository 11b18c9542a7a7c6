package io.convlens.report;

import io.convlens.image.Picture;
import io.convlens.network.Labels;
import io.convlens.network.ScoreKind;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.render.ColorMap;
import io.convlens.render.Sheet;
import io.convlens.render.ValueScale;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Figure 7 of Zeiler and Fergus 2013 as one sheet a picture: the picture, the strongest channel's
 * total for each place of the patch, what that channel answers to, the class's score for each
 * place, and the most probable class there with its legend.
 *
 * @param labels the names of the classes
 * @param layer the tracked one
 * @param score which number of the class
 */
public record TrackedFigure(Labels labels, String layer, ScoreKind score) {
  /**
   * What the layer's strongest channel answers to.
   *
   * @param channel which
   * @param picture the channel carried back to the pixels
   */
  public record Projected(int channel, Picture picture) {}

  private static final int SIDE = 224;
  private static final int COLUMNS = 5;
  private static final int SQUARE = 28;
  private static final int LEGEND_COLUMNS = 12;
  private static final int OTHERS = 0xc8ccd2;

  /** Told apart by most eyes; more classes than these share a grey. */
  private static final int[] COLOURS = {
    0x1f77b4, 0xe07b1f, 0x2f9e44, 0xd0342c, 0x8b5fbf, 0x8c5a45, 0xd868b4, 0xa8a81f, 0x17a2b8
  };

  /**
   * The sheet of one picture.
   *
   * @param map with the layer's sums
   * @param projected absent where the layer can't be carried back
   */
  public Picture sheet(Picture shown, OcclusionMap map, Optional<Projected> projected) {
    Picture seen = Sheet.sized(shown, SIDE);
    List<Sheet.Tile> tiles = new ArrayList<>();
    tiles.add(tile(seen, "what the network sees"));
    map.layerSums().ifPresent(s -> tiles.add(tile(values(s, map, seen), "the channel's total")));
    projected.ifPresent(
        p ->
            tiles.add(
                tile(Sheet.sized(p.picture(), SIDE), "what channel " + p.channel() + " sees")));
    String name = labels.name(map.target());
    tiles.add(tile(values(map.scores(), map, seen), score + " of " + name));
    List<Sheet.Block> blocks = new ArrayList<>();
    if (map.classScores().isPresent()) {
      int[] best = best(map.classScores().get(), map.rows() * map.cols());
      Map<Integer, Integer> colours = colours(best);
      tiles.add(tile(classes(best, colours, map, seen), "the most probable class"));
      blocks.add(new Sheet.Block("", COLUMNS, tiles));
      blocks.add(legend(colours, best));
    } else {
      blocks.add(new Sheet.Block("", COLUMNS, tiles));
    }
    return new Sheet(
            "%s: %s under the patch".formatted(name, layer), notes(map), Optional.empty(), blocks)
        .draw();
  }

  private List<String> notes(OcclusionMap map) {
    List<String> notes = new ArrayList<>();
    notes.add("Colours of each map go from its least value, blue, to its largest, yellow.");
    map.layerSums()
        .ifPresent(
            s ->
                notes.add(
                    "Total of the channel of %s that is strongest without a patch: %s under it."
                        .formatted(layer, span(s))));
    notes.add(
        "%s of %s: %.4g without a patch, %s under it."
            .formatted(score, labels.name(map.target()), (double) map.base(), span(map.scores())));
    if (map.classScores().isEmpty()) {
      notes.add("With --all-classes, a map of the most probable class is added.");
    }
    return notes;
  }

  private static String span(float[] values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return String.format(Locale.ROOT, "%.4g to %.4g", low, high);
  }

  private static Sheet.Tile tile(Picture picture, String label) {
    return new Sheet.Tile(picture, label, false);
  }

  /** A value a position, at the picture's size. */
  private static Picture values(float[] values, OcclusionMap map, Picture seen) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (float v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    // From the least to the most: totals hardly change on the scale from 0 that maps of layers
    // have.
    ValueScale scale = new ValueScale(ColorMap.BLUE_YELLOW, low, high > low ? high : low + 1);
    int[] colours = new int[values.length];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = scale.rgb(values[i]);
    }
    return spread(colours, map, seen);
  }

  private static Picture classes(
      int[] best, Map<Integer, Integer> colours, OcclusionMap map, Picture seen) {
    int[] all = new int[best.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = colours.getOrDefault(best[i], OTHERS);
    }
    return spread(all, map, seen);
  }

  private static Picture spread(int[] colours, OcclusionMap map, Picture seen) {
    byte[] rgb = new byte[3 * seen.width() * seen.height()];
    for (int y = 0; y < seen.height(); y++) {
      for (int x = 0; x < seen.width(); x++) {
        int row = y * map.rows() / seen.height();
        int colour = colours[row * map.cols() + x * map.cols() / seen.width()];
        int at = 3 * (y * seen.width() + x);
        rgb[at] = (byte) (colour >> 16);
        rgb[at + 1] = (byte) (colour >> 8);
        rgb[at + 2] = (byte) colour;
      }
    }
    return Picture.ofRgb("map", seen.width(), seen.height(), rgb);
  }

  /** The first of the largest scores at each position. */
  private static int[] best(float[] scores, int positions) {
    int classes = scores.length / positions;
    int[] best = new int[positions];
    for (int p = 0; p < positions; p++) {
      for (int c = 1; c < classes; c++) {
        if (scores[p * classes + c] > scores[p * classes + best[p]]) {
          best[p] = c;
        }
      }
    }
    return best;
  }

  /** Colours for the classes that are most often best, in this order. */
  private static Map<Integer, Integer> colours(int[] best) {
    Map<Integer, Integer> colours = new HashMap<>();
    for (int c : byCount(best)) {
      if (colours.size() < COLOURS.length) {
        colours.put(c, COLOURS[colours.size()]);
      }
    }
    return colours;
  }

  private static List<Integer> byCount(int[] best) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int c : best) {
      counts.merge(c, 1, Integer::sum);
    }
    return counts.keySet().stream()
        .sorted(
            Comparator.comparingInt((Integer c) -> -counts.get(c))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private Sheet.Block legend(Map<Integer, Integer> colours, int[] best) {
    List<Sheet.Tile> squares = new ArrayList<>();
    List<Integer> classes = byCount(best);
    for (int c : classes) {
      if (colours.containsKey(c)) {
        squares.add(tile(square(colours.get(c)), labels.name(c)));
      }
    }
    if (classes.size() > colours.size()) {
      squares.add(tile(square(OTHERS), (classes.size() - colours.size()) + " more"));
    }
    return new Sheet.Block("Most probable, the most frequent first:", LEGEND_COLUMNS, squares);
  }

  private static Picture square(int colour) {
    byte[] rgb = new byte[3 * 3 * SQUARE * SQUARE];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) (colour >> 16);
      rgb[i + 1] = (byte) (colour >> 8);
      rgb[i + 2] = (byte) colour;
    }
    return Picture.ofRgb("square", 3 * SQUARE, SQUARE, rgb);
  }
}
