package io.convlens.report;

import io.convlens.activation.LayerActivity;
import io.convlens.activation.TappedLayer;
import io.convlens.image.Picture;
import io.convlens.render.Sheet;
import io.convlens.render.ValueScale;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Draws what a layer holds: for each picture its channels' maps in a grid, all on one scale of
 * colours, those that are dead over all pictures struck out.
 *
 * @param order how channels are ordered
 * @param most how many channels are drawn of each picture
 */
public record ActivationFigures(Order order, int most) {
  /** How channels are ordered. */
  public enum Order {
    /** By their largest value in the picture, strongest first, equals by index. */
    STRENGTH,
    /** As they are in the layer. */
    INDEX
  }

  /**
   * A picture and what a layer holds for it.
   *
   * @param name the picture's
   * @param picture as the network sees it
   * @param values {@code [C,H,W]} or {@code [K]}, row-major
   */
  @SuppressWarnings("ArrayRecordComponent") // Made for one drawing, compared by nobody.
  public record Subject(String name, Picture picture, float[] values) {}

  /**
   * The share of values other than 0 that the colours tell apart; the rest have the last colour.
   */
  private static final double WITHIN = 0.995;

  /** The side that a channel's map comes near to. */
  private static final int SIDE = 72;

  /** The side of a flat layer's square a unit. */
  private static final int UNIT = 12;

  private static final int UNITS_ACROSS = 50;

  /** The layer's sheet. */
  public Picture sheet(LayerActivity activity, List<Subject> subjects) {
    ValueScale scale = scale(subjects);
    TappedLayer layer = activity.layer();
    List<Sheet.Block> blocks = new ArrayList<>();
    for (Subject subject : subjects) {
      if (layer.shape().rank() == 1) {
        blocks.add(units(subject, scale));
      } else {
        blocks.addAll(maps(subject, scale, activity));
      }
    }
    String title = layer.asked() + " (" + layer.op() + ") " + layer.shape();
    return new Sheet(title, notes(activity), Optional.of(scale), blocks).draw();
  }

  /** Ends where few values are beyond it: a single bright place would leave all others dark. */
  private static ValueScale scale(List<Subject> subjects) {
    float least = 0;
    int count = 0;
    for (Subject subject : subjects) {
      count += subject.values().length;
    }
    float[] magnitudes = new float[count];
    int used = 0;
    for (Subject subject : subjects) {
      for (float v : subject.values()) {
        least = Math.min(least, v);
        if (v != 0) {
          magnitudes[used++] = Math.abs(v);
        }
      }
    }
    Arrays.sort(magnitudes, 0, used);
    double most = used == 0 ? 0 : magnitudes[Math.min(used - 1, (int) (used * WITHIN))];
    return ValueScale.of(least < 0 ? -most : 0, most);
  }

  private List<String> notes(LayerActivity a) {
    List<String> notes = new ArrayList<>();
    String locality =
        Double.isNaN(a.locality())
            ? ""
            : String.format(
                Locale.ROOT,
                ", the densest tenth of a map holds %.0f %% of its mass on average",
                100 * a.locality());
    notes.add(
        String.format(Locale.ROOT, "%.1f %% zeros over %d pictures", 100 * a.zeros(), a.pictures())
            + locality);
    if (!a.dead().isEmpty()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d of %d channels dead (struck out): with 95 %% confidence they fire on less than"
                  + " %.2g %% of such pictures",
              a.dead().size(),
              a.channels().size(),
              100 * a.firingRateBound()));
    }
    if (a.channels().size() > most && a.layer().shape().rank() > 1) {
      notes.add(
          String.format(
              Locale.ROOT,
              "the %s %d of %d channels",
              order == Order.STRENGTH ? "strongest" : "first",
              most,
              a.channels().size()));
    }
    return notes;
  }

  private List<Sheet.Block> maps(Subject subject, ValueScale scale, LayerActivity activity) {
    TappedLayer layer = activity.layer();
    int width = layer.shape().intDim(-1);
    int height = layer.places() / width;
    var input = new Sheet.Tile(Sheet.sized(subject.picture(), 2 * SIDE), "", false);
    List<Sheet.Tile> tiles = new ArrayList<>();
    for (int c : ordered(subject.values(), layer)) {
      Picture map =
          scale.picture(
              subject.name(), subject.values(), c * layer.places(), width, Math.max(1, height));
      boolean dead = activity.channels().get(c).dead();
      tiles.add(new Sheet.Tile(Sheet.sized(map, SIDE), Integer.toString(c), dead));
    }
    int across = Sheet.columns(tiles.getFirst().picture().width());
    return List.of(
        new Sheet.Block(subject.name(), 1, List.of(input)), new Sheet.Block("", across, tiles));
  }

  private List<Integer> ordered(float[] values, TappedLayer layer) {
    int places = layer.places();
    double[] strength = new double[layer.channels()];
    for (int c = 0; c < strength.length; c++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int i = c * places; i < (c + 1) * places; i++) {
        most = Math.max(most, values[i]);
      }
      strength[c] = most;
    }
    Comparator<Integer> by =
        order == Order.STRENGTH
            ? Comparator.comparingDouble((Integer c) -> -strength[c])
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder();
    return IntStream.range(0, strength.length).boxed().sorted(by).limit(most).toList();
  }

  /** A flat layer: a square a unit, fifty in a row. */
  private static Sheet.Block units(Subject subject, ValueScale scale) {
    int count = subject.values().length;
    int rows = (count + UNITS_ACROSS - 1) / UNITS_ACROSS;
    int across = Math.min(count, UNITS_ACROSS);
    byte[] rgb = new byte[3 * rows * across];
    Arrays.fill(rgb, (byte) 0xff);
    for (int i = 0; i < count; i++) {
      int colour = scale.rgb(subject.values()[i]);
      rgb[3 * i] = (byte) (colour >> 16);
      rgb[3 * i + 1] = (byte) (colour >> 8);
      rgb[3 * i + 2] = (byte) colour;
    }
    Picture squares = Picture.ofRgb(subject.name(), across, rows, rgb);
    Picture drawn = Sheet.sized(squares, UNIT * Math.max(across, rows));
    String heading =
        subject.name() + ", units in order, " + UNITS_ACROSS + " in a row, from the top left";
    return new Sheet.Block(heading, 1, List.of(new Sheet.Tile(drawn, "", false)));
  }
}
