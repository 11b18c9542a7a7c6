package io.convlens.image;

import io.convlens.io.UnusableInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a picture becomes a network's input: a geometry, an order of channels, and numbers. A sample
 * x in 0..255 becomes {@code (x * scale - mean) / std}. Immutable, safe from several threads.
 *
 * <p>The presets, for an input of HxW (224x224 where the network leaves it open):
 *
 * <ul>
 *   <li>{@code imagenet}: resized to cover 256/224 of HxW (the short side to 256), centre crop,
 *       RGB, x/255, mean .485 .456 .406, standard deviation .229 .224 .225, as in torchvision;
 *   <li>{@code caffe}: the same but for the longer side, which is rounded to the nearest where
 *       torchvision truncates; BGR, x minus 103.939, 116.779, 123.68;
 *   <li>{@code tf}: the geometry of {@code caffe}, RGB, x/127.5-1;
 *   <li>{@code unit}: resized to just cover HxW, so that little is cut off, centre crop, RGB,
 *       x/255; a network that leaves its size open gets the picture's own.
 * </ul>
 *
 * <p>A network of one channel gets the grey of ITU-R 601 as in Pillow, with the average of a
 * preset's means and deviations.
 *
 * <pre>{@code
 * FittedPreprocess fitted = Preprocess.named("imagenet").fit(3, 224, 224);
 * try (Prepared cat = fitted.apply(Picture.read(Path.of("cat.jpg")))) {
 *   Tensor input = cat.input();
 * }
 * }</pre>
 *
 * @param name what to call it in messages: a preset's name or a file
 * @param geometry from the picture's size to the network's
 * @param order of the channels in the network's input
 * @param scale what a sample is multiplied by first
 * @param mean what is subtracted then, one for all channels or one a channel in the network's order
 * @param std what is divided by last, like {@code mean}; not 0
 */
public record Preprocess(
    String name,
    Geometry geometry,
    Order order,
    double scale,
    List<Double> mean,
    List<Double> std) {

  /** The order of colour channels in a network's input. */
  public enum Order {
    /** Red, green, blue. */
    RGB,
    /** Blue, green, red. */
    BGR
  }

  /** How the longer side becomes a whole number when the shorter one is given. */
  public enum LongSide {
    /** To the nearest, which keeps the proportions best. */
    ROUNDED,
    /** Cut down, as torchvision's {@code Resize} does. */
    TRUNCATED
  }

  /** From a picture's size to the network's. */
  public sealed interface Geometry {
    /**
     * Resized so that it covers the network's input times {@code margin}, then the centre is cut
     * out.
     *
     * @param margin at least 1: 256/224 for the ImageNet presets, 1 to lose the least
     * @param openSize the side taken where the network leaves its size open; without it, the
     *     picture keeps its own size
     * @param longSide how the other side is made whole
     */
    record Cover(double margin, OptionalInt openSize, LongSide longSide) implements Geometry {}

    /**
     * Resized to just cover a size, then the centre is cut out.
     *
     * @param crop the size
     */
    record Fill(Size crop) implements Geometry {}

    /**
     * The short side to a number of pixels, then the centre is cut out.
     *
     * @param side pixels
     * @param crop what is cut out; without it the network's size or, where that is open, all
     * @param longSide how the other side is made whole
     */
    record ShortSide(int side, Optional<Size> crop, LongSide longSide) implements Geometry {}

    /**
     * To exactly this size, whatever it does to the proportions, then the centre is cut out.
     *
     * @param size the size
     * @param crop as for {@link ShortSide}
     */
    record Exact(Size size, Optional<Size> crop) implements Geometry {}
  }

  /**
   * A size in pixels.
   *
   * @param height rows
   * @param width columns
   */
  public record Size(int height, int width) {
    @Override
    public String toString() {
      return height + "x" + width;
    }
  }

  /** The part of the picture around the crop that ImageNet's networks are evaluated with. */
  private static final double MARGIN = 256.0 / 224.0;

  private static final OptionalInt OPEN_SIZE = OptionalInt.of(224);

  private static final Geometry TORCHVISION =
      new Geometry.Cover(MARGIN, OPEN_SIZE, LongSide.TRUNCATED);

  private static final Geometry ROUNDED = new Geometry.Cover(MARGIN, OPEN_SIZE, LongSide.ROUNDED);

  private static final Map<String, Preprocess> PRESETS =
      Map.of(
          "imagenet",
          new Preprocess(
              "imagenet",
              TORCHVISION,
              Order.RGB,
              1 / 255.0,
              List.of(0.485, 0.456, 0.406),
              List.of(0.229, 0.224, 0.225)),
          "caffe",
          new Preprocess(
              "caffe", ROUNDED, Order.BGR, 1, List.of(103.939, 116.779, 123.68), List.of(1.0)),
          "tf",
          new Preprocess("tf", ROUNDED, Order.RGB, 1 / 127.5, List.of(1.0), List.of(1.0)),
          "unit",
          new Preprocess(
              "unit",
              new Geometry.Cover(1, OptionalInt.empty(), LongSide.ROUNDED),
              Order.RGB,
              1 / 255.0,
              List.of(0.0),
              List.of(1.0)));

  /** Copies the lists. */
  public Preprocess {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    checkCount(mean.size());
    checkCount(std.size());
    if (!Double.isFinite(scale) || scale == 0) {
      throw new IllegalArgumentException("scale " + scale);
    }
    if (!mean.stream().allMatch(Double::isFinite)
        || !std.stream().allMatch(s -> Double.isFinite(s) && s != 0)) {
      throw new IllegalArgumentException("mean " + mean + ", std " + std);
    }
  }

  private static void checkCount(int count) {
    if (count != 1 && count != 3) {
      throw new IllegalArgumentException(count + " numbers for channels; 1 or 3 are possible");
    }
  }

  /** The presets' names. */
  public static List<String> presets() {
    return PRESETS.keySet().stream().sorted().toList();
  }

  /**
   * A preset by its name.
   *
   * @throws IllegalArgumentException if there is none of this name; the message lists them
   */
  public static Preprocess named(String name) {
    Preprocess preset = PRESETS.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "no preprocessing '" + name + "': take one of " + presets() + " or a .json file");
    }
    return preset;
  }

  /**
   * Reads a file like {@code
   * {"resize":256,"crop":[224,224],"order":"BGR","scale":1.0,"mean":[..],"std":[..]}}. Every key
   * may be left out: without {@code resize} the picture is made to cover the crop or, without that,
   * the network's input; without {@code crop} the network's size is cut out; {@code order} is RGB,
   * {@code scale} 1, {@code mean} 0, {@code std} 1. {@code resize} is the short side or {@code
   * [height,width]}; {@code longSide}, "round" (the default) or "truncate" as torchvision does,
   * says how the other side becomes a whole number; {@code crop} {@code [height,width]} or one
   * number for both; {@code mean} and {@code std} hold one number or one a channel, in the
   * network's order.
   *
   * @throws UnusableInputException if the file can't be read, is no such JSON, has other keys, or
   *     numbers that make no sense
   */
  public static Preprocess read(Path file) {
    return PreprocessFile.read(file);
  }

  /** {@link #fit(OptionalInt, OptionalInt, OptionalInt)} where the network fixes everything. */
  public FittedPreprocess fit(int channels, int height, int width) {
    return fit(OptionalInt.of(channels), OptionalInt.of(height), OptionalInt.of(width));
  }

  /**
   * This preprocessing for a network's input; what the network leaves open is empty. Open channels
   * are taken as three; of an open and a fixed side, the open one is taken as the fixed one.
   *
   * @throws UnusableInputException if the network can't be fed so: it takes neither 1 nor 3
   *     channels, or a size that a file's {@code crop} or {@code resize} contradicts
   */
  public FittedPreprocess fit(OptionalInt channels, OptionalInt height, OptionalInt width) {
    return FittedPreprocess.of(this, channels, height, width);
  }
}
