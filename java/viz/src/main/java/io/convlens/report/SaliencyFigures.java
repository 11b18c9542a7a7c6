package io.convlens.report;

import io.convlens.gradient.Attribution;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.image.Picture;
import io.convlens.network.Labels;
import io.convlens.render.Sheet;
import io.convlens.render.ValueScale;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Draws attributions beside their pictures: signed (the sum over channels, which keeps what speaks
 * against the class apart from what speaks for it) and unsigned (the largest absolute value over
 * channels, as in Simonyan et al. 2013). All pictures of a run share their scales.
 *
 * @param options how the attributions were made
 * @param labels the names of the classes
 * @param reach where the scales end
 */
public record SaliencyFigures(SaliencyOptions options, Labels labels, Reach reach) {
  /**
   * Where the scales of signed and unsigned maps end.
   *
   * @param signed of the sums over channels
   * @param unsigned of the largest absolute values
   */
  public record Reach(double signed, double unsigned) {
    /** Of nothing. */
    public static final Reach NONE = new Reach(0, 0);

    /** That of one picture's attribution. */
    public static Reach of(Shape shape, float[] values) {
      return new Reach(within(sums(shape, values)), within(largest(shape, values)));
    }

    /** The larger of both, for pictures that share a scale. */
    public Reach with(Reach other) {
      return new Reach(Math.max(signed, other.signed), Math.max(unsigned, other.unsigned));
    }
  }

  /** The share of a map's values that the colours tell apart; the rest have the last colour. */
  private static final double WITHIN = 0.995;

  /** The side that a tile comes near to. */
  private static final int SIDE = 256;

  private static final int COLUMNS = 4;

  /** How much of the map's colour lies over the picture. */
  private static final double OVERLAY = 0.6;

  private static double within(float[] map) {
    float[] sizes = new float[map.length];
    for (int i = 0; i < map.length; i++) {
      sizes[i] = Math.abs(map[i]);
    }
    Arrays.sort(sizes);
    double usual = sizes[Math.min(sizes.length - 1, (int) (sizes.length * WITHIN))];
    return usual > 0 ? usual : sizes[sizes.length - 1];
  }

  private static float[] sums(Shape shape, float[] values) {
    float[] map = new float[values.length / shape.intDim(0)];
    for (int i = 0; i < values.length; i++) {
      map[i % map.length] += values[i];
    }
    return map;
  }

  private static float[] largest(Shape shape, float[] values) {
    float[] map = new float[values.length / shape.intDim(0)];
    for (int i = 0; i < values.length; i++) {
      map[i % map.length] = Math.max(map[i % map.length], Math.abs(values[i]));
    }
    return map;
  }

  /**
   * The figure of one picture.
   *
   * @param attribution of a shape {@code [C,h,w]}
   */
  public Picture figure(Attribution attribution, Picture shown) {
    Shape s = attribution.shape();
    int height = s.intDim(1);
    int width = s.intDim(2);
    ValueScale signed = ValueScale.of(-scale(reach.signed), scale(reach.signed));
    ValueScale unsigned = ValueScale.of(0, scale(reach.unsigned));
    Picture sums = signed.picture("", sums(s, attribution.values()), 0, width, height);
    Picture sizes = unsigned.picture("", largest(s, attribution.values()), 0, width, height);
    Picture seen = Sheet.sized(shown, SIDE);
    List<Sheet.Tile> tiles =
        List.of(
            tile(seen, "what the network sees"),
            tile(like(sums, seen), "signed: for and against"),
            tile(like(sizes, seen), "largest absolute value"),
            tile(over(seen, like(sums, seen)), "signed, over the picture"));
    String of =
        options.unit().isEmpty()
            ? labels.name(attribution.target())
            : "unit %s of %s".formatted(options.unit(), options.layer().orElseThrow());
    String title = of + "  \u00b7  " + options.method();
    return new Sheet(
            title,
            notes(attribution, shown),
            Optional.of(signed),
            List.of(new Sheet.Block("", COLUMNS, tiles)))
        .draw();
  }

  /** A map of zeros has a scale, too. */
  private static double scale(double reach) {
    return reach > 0 ? reach : 1;
  }

  private static Sheet.Tile tile(Picture picture, String label) {
    return new Sheet.Tile(picture, label, false);
  }

  /** A map at the size of the picture, element by element. */
  private static Picture like(Picture map, Picture seen) {
    byte[] from = map.toRgb();
    byte[] rgb = new byte[3 * seen.width() * seen.height()];
    for (int y = 0; y < seen.height(); y++) {
      for (int x = 0; x < seen.width(); x++) {
        int row = y * map.height() / seen.height();
        int column = x * map.width() / seen.width();
        int at = 3 * (row * map.width() + column);
        System.arraycopy(from, at, rgb, 3 * (y * seen.width() + x), 3);
      }
    }
    return Picture.ofRgb(map.name(), seen.width(), seen.height(), rgb);
  }

  /** The map over the greyed picture. */
  private static Picture over(Picture seen, Picture map) {
    byte[] under = seen.toRgb();
    byte[] rgb = map.toRgb();
    for (int i = 0; i < rgb.length; i += 3) {
      double grey =
          0.299 * (under[i] & 0xff) + 0.587 * (under[i + 1] & 0xff) + 0.114 * (under[i + 2] & 0xff);
      for (int k = i; k < i + 3; k++) {
        rgb[k] = (byte) Math.rint(OVERLAY * (rgb[k] & 0xff) + (1 - OVERLAY) * grey);
      }
    }
    return Picture.ofRgb(seen.name(), seen.width(), seen.height(), rgb);
  }

  private List<String> notes(Attribution a, Picture shown) {
    String name = shown.name();
    String score =
        String.format(
            Locale.ROOT,
            "%s: %s %.4g",
            name,
            options.unit().isEmpty() ? options.score() : "value",
            (double) a.score());
    String scales =
        String.format(
            Locale.ROOT,
            "scales of all pictures of this run: signed from -%1$.3g to %1$.3g, unsigned to %2$.3g",
            reach.signed,
            reach.unsigned);
    return List.of(score, scales);
  }
}
