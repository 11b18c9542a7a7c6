package io.convlens.image;

import io.convlens.image.Preprocess.Geometry;
import io.convlens.image.Preprocess.LongSide;
import io.convlens.image.Preprocess.Order;
import io.convlens.image.Preprocess.Size;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A {@link Preprocess} for one network: channels and sizes are settled. Immutable, safe from
 * several threads.
 */
public final class FittedPreprocess {
  private static final int LEVELS = 256;

  private final Preprocess recipe;
  private final int channels;
  private final Optional<Size> size;

  /** The network's value of each level of each channel: {@code [channels][256]}. */
  private final float[][] values;

  private FittedPreprocess(Preprocess recipe, int channels, Optional<Size> size) {
    this.recipe = recipe;
    this.channels = channels;
    this.size = size;
    this.values = new float[channels][LEVELS];
    for (int c = 0; c < channels; c++) {
      for (int x = 0; x < LEVELS; x++) {
        values[c][x] = (float) value(c, x);
      }
    }
  }

  static FittedPreprocess of(
      Preprocess recipe, OptionalInt channels, OptionalInt height, OptionalInt width) {
    int count = channels.orElse(3);
    if (count != 1 && count != 3) {
      throw new UnusableInputException(
          recipe.name(),
          "a picture has 1 or 3 channels, the network takes " + count + ": feed it with --input");
    }
    Optional<Size> network = network(height, width);
    Optional<Size> size =
        switch (recipe.geometry()) {
          case Geometry.Cover(double _, OptionalInt open, LongSide _) ->
              network.or(
                  () ->
                      open.isPresent()
                          ? Optional.of(new Size(open.getAsInt(), open.getAsInt()))
                          : Optional.empty());
          case Geometry.Fill(Size crop) -> Optional.of(crop);
          case Geometry.ShortSide(int _, Optional<Size> crop, LongSide _) -> crop.or(() -> network);
          case Geometry.Exact(Size exact, Optional<Size> crop) ->
              Optional.of(crop.or(() -> network).orElse(exact));
        };
    if (network.isPresent() && !network.equals(size)) {
      throw new UnusableInputException(
          recipe.name(),
          "makes pictures of %s, the network takes %s"
              .formatted(size.map(Size::toString).orElse("any size"), network.get()));
    }
    return new FittedPreprocess(recipe, count, size);
  }

  private static Optional<Size> network(OptionalInt height, OptionalInt width) {
    if (height.isEmpty() && width.isEmpty()) {
      return Optional.empty();
    }
    int h = height.orElseGet(width::getAsInt);
    int w = width.orElse(h);
    return Optional.of(new Size(h, w));
  }

  /** What this was made from. */
  public Preprocess recipe() {
    return recipe;
  }

  /** The number of channels of the network's input: 1 or 3. */
  public int channels() {
    return channels;
  }

  /** The size of the network's input; empty where every picture keeps its own. */
  public Optional<Size> size() {
    return size;
  }

  /**
   * The network's input for a picture.
   *
   * @throws UnusableInputException if the picture, resized as the preprocessing says, is smaller
   *     than what is to be cut out of it
   */
  public Prepared apply(Picture picture) {
    Picture shown = resize(picture);
    var input = Tensor.zeros(Shape.of(1, channels, shown.height(), shown.width()));
    int plane = shown.height() * shown.width();
    byte[] rgb = shown.samples();
    for (int i = 0; i < plane; i++) {
      int r = rgb[3 * i] & 0xff;
      int g = rgb[3 * i + 1] & 0xff;
      int b = rgb[3 * i + 2] & 0xff;
      if (channels == 1) {
        input.set(i, values[0][grey(r, g, b)]);
      } else {
        input.set(i, values[0][recipe.order() == Order.RGB ? r : b]);
        input.set((long) plane + i, values[1][g]);
        input.set(2L * plane + i, values[2][recipe.order() == Order.RGB ? b : r]);
      }
    }
    return new Prepared(input, channels == 1 ? greyed(shown) : shown);
  }

  /**
   * A colour as the network gets it: one value a channel, in the network's order.
   *
   * @param red 0 to 255, not necessarily whole; the others likewise
   */
  public float[] fillValue(double red, double green, double blue) {
    if (channels == 1) {
      return new float[] {(float) value(0, (red * 19595 + green * 38470 + blue * 7471) / 65536)};
    }
    boolean rgb = recipe.order() == Order.RGB;
    return new float[] {
      (float) value(0, rgb ? red : blue),
      (float) value(1, green),
      (float) value(2, rgb ? blue : red)
    };
  }

  /**
   * The picture that an input shows: the inverse of the numbers, rounded and clipped to 8 bits.
   *
   * @param input {@code [N,C,H,W]} with this preprocessing's C
   * @param index which of the N
   * @throws IllegalArgumentException if the shape or index doesn't fit
   */
  public Picture toPicture(String name, Tensor input, int index) {
    if (input.shape().rank() != 4 || input.shape().dim(1) != channels) {
      throw new IllegalArgumentException(
          "shape " + input.shape() + " where [N," + channels + ",H,W] is needed");
    }
    Picture inOrder = TensorPicture.of(name, input, index, this::sample);
    return channels == 3 && recipe.order() == Order.BGR ? swapped(inOrder) : inOrder;
  }

  private double value(int channel, double sample) {
    return (sample * recipe.scale() - of(recipe.mean(), channel)) / of(recipe.std(), channel);
  }

  private double sample(int channel, double value) {
    return (value * of(recipe.std(), channel) + of(recipe.mean(), channel)) / recipe.scale();
  }

  /** A channel's number: its own, the one for all, or the average where all become one grey. */
  private double of(List<Double> numbers, int channel) {
    if (numbers.size() == 1) {
      return numbers.getFirst();
    }
    return channels == 3
        ? numbers.get(channel)
        : numbers.stream().mapToDouble(Double::doubleValue).sum() / numbers.size();
  }

  /**
   * The part of a picture that a rectangle of the network's input was made from, at the picture's
   * own resolution.
   *
   * @param x0 first column of the input, likewise {@code y0} its first row
   * @param x1 the column after the last, likewise {@code y1}
   * @return at least a pixel
   */
  public Picture origin(Picture picture, int x0, int y0, int x1, int y1) {
    Size resized = resizedSize(picture);
    Size crop = size.orElse(resized);
    double perX = (double) picture.width() / resized.width();
    double perY = (double) picture.height() / resized.height();
    int left = middle(resized.width(), crop.width());
    int top = middle(resized.height(), crop.height());
    return picture.part(
        (int) Math.floor((x0 + left) * perX),
        (int) Math.floor((y0 + top) * perY),
        (int) Math.ceil((x1 + left) * perX),
        (int) Math.ceil((y1 + top) * perY));
  }

  /**
   * Where a rectangle of a picture comes to lie in the network's input: the pixels that it touches,
   * none where it is cut away. The other way round than {@link #origin}.
   *
   * @param x0 first column of the picture, likewise {@code y0} its first row
   * @param x1 the column after the last, likewise {@code y1}
   * @return x0, y0, x1 and y1 in the input, ends exclusive
   */
  public int[] place(Picture picture, int x0, int y0, int x1, int y1) {
    Size resized = resizedSize(picture);
    Size crop = size.orElse(resized);
    double perX = (double) resized.width() / picture.width();
    double perY = (double) resized.height() / picture.height();
    int left = middle(resized.width(), crop.width());
    int top = middle(resized.height(), crop.height());
    return new int[] {
      Math.clamp((long) Math.floor(x0 * perX) - left, 0, crop.width()),
      Math.clamp((long) Math.floor(y0 * perY) - top, 0, crop.height()),
      Math.clamp((long) Math.ceil(x1 * perX) - left, 0, crop.width()),
      Math.clamp((long) Math.ceil(y1 * perY) - top, 0, crop.height())
    };
  }

  private Picture resize(Picture picture) {
    Size resized = resizedSize(picture);
    Size crop = size.orElse(resized);
    if (crop.height() > resized.height() || crop.width() > resized.width()) {
      throw new UnusableInputException(
          picture.name(),
          "is %s (height x width) after the resizing of preprocessing '%s', which cuts out %s"
              .formatted(resized, recipe.name(), crop));
    }
    if ((long) crop.height() * crop.width() > Picture.MAX_PIXELS) {
      throw new UnusableInputException(
          picture.name(), "would be " + crop + " after the resizing of '" + recipe.name() + "'");
    }
    return Resampling.resize(
        picture,
        resized.width(),
        resized.height(),
        middle(resized.width(), crop.width()),
        middle(resized.height(), crop.height()),
        crop.width(),
        crop.height());
  }

  private Size resizedSize(Picture picture) {
    return switch (recipe.geometry()) {
      case Geometry.Cover(double margin, OptionalInt _, LongSide longSide) ->
          size.map(
                  s ->
                      cover(
                          picture, scaled(s.height(), margin), scaled(s.width(), margin), longSide))
              .orElseGet(() -> new Size(picture.height(), picture.width()));
      case Geometry.Fill(Size crop) ->
          cover(picture, crop.height(), crop.width(), LongSide.ROUNDED);
      case Geometry.ShortSide(int side, Optional<Size> _, LongSide longSide) ->
          cover(picture, side, side, longSide);
      case Geometry.Exact(Size exact, Optional<Size> _) -> exact;
    };
  }

  private static int scaled(int side, double margin) {
    return Math.toIntExact(Math.round(side * margin));
  }

  /** The smallest size of the picture's proportions that covers height x width. */
  private static Size cover(Picture picture, int height, int width, LongSide longSide) {
    long pictureWidth = picture.width();
    long pictureHeight = picture.height();
    if (pictureWidth * height <= pictureHeight * width) {
      return new Size(whole(width * pictureHeight, pictureWidth, longSide), width);
    }
    return new Size(height, whole(height * pictureWidth, pictureHeight, longSide));
  }

  private static int whole(long dividend, long divisor, LongSide longSide) {
    return Math.toIntExact(
        switch (longSide) {
          case ROUNDED -> (2 * dividend + divisor) / (2 * divisor);
          case TRUNCATED -> dividend / divisor;
        });
  }

  /** Where a centre crop starts: half to even, as torchvision's {@code center_crop} rounds. */
  private static int middle(int length, int crop) {
    return (int) Math.rint((length - crop) / 2.0);
  }

  /** ITU-R 601 luma in 16-bit fixed point, Pillow's conversion to "L". */
  private static int grey(int r, int g, int b) {
    return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }

  private static Picture greyed(Picture picture) {
    byte[] rgb = picture.toRgb();
    for (int i = 0; i < rgb.length; i += 3) {
      byte grey = (byte) grey(rgb[i] & 0xff, rgb[i + 1] & 0xff, rgb[i + 2] & 0xff);
      rgb[i] = grey;
      rgb[i + 1] = grey;
      rgb[i + 2] = grey;
    }
    return new Picture(picture.name(), picture.width(), picture.height(), rgb);
  }

  private static Picture swapped(Picture picture) {
    byte[] rgb = picture.toRgb();
    for (int i = 0; i < rgb.length; i += 3) {
      byte first = rgb[i];
      rgb[i] = rgb[i + 2];
      rgb[i + 2] = first;
    }
    return new Picture(picture.name(), picture.width(), picture.height(), rgb);
  }

  @Override
  public String toString() {
    return recipe.name()
        + " to "
        + channels
        + " channels of "
        + size.map(Size::toString).orElse("any size");
  }
}
