package io.convlens.render;

import io.convlens.image.Picture;

/**
 * All that a map's figure says.
 *
 * @param shown the picture as the network saw it
 * @param map what is left of the answer, pixel for pixel of {@code shown}
 * @param scale the values that the colours stand for; the same over a batch
 * @param base the untouched picture's score
 * @param window the patch
 * @param source what was looked at: the picture's file name
 * @param target the answer asked about: a class's label
 */
public record MapScene(
    Picture shown,
    SurvivalMap map,
    Scale scale,
    double base,
    Window window,
    String source,
    String target) {

  /**
   * What the colours stand for. Two figures can be compared where they share a scale: either the
   * same values, or the same shares of each picture's own base.
   *
   * @param low the value drawn as having fallen
   * @param high the value drawn as surviving; where it is not above {@code low}, all is drawn as
   *     the middle
   * @param name of the score: "probability" or "logit"
   * @param ofBase whether ticks are percentages of {@code high}, which is then the base
   */
  public record Scale(double low, double high, String name, boolean ofBase) {
    /** Checks that the ends are numbers. */
    public Scale {
      if (!Double.isFinite(low) || !Double.isFinite(high)) {
        throw new IllegalArgumentException("a scale from " + low + " to " + high);
      }
    }

    /** These values, whatever the picture; for a batch, 0 to the largest base is a fair choice. */
    public static Scale of(double low, double high, String name) {
      return new Scale(low, high, name, false);
    }

    /**
     * From nothing to all of a picture's own base, in percent: the same colour is the same share of
     * the answer in every picture, sure or unsure. For probabilities; a logit has no zero.
     */
    public static Scale shareOf(double base, String name) {
      return new Scale(0, base, name, true);
    }

    /** A value's place: 0 at the low end, 1 at the high end. */
    double place(double value) {
      return high > low ? (value - low) / (high - low) : 0.5;
    }
  }

  /**
   * The patch and its steps, in pixels of {@code shown}.
   *
   * @param height of the patch
   * @param width of the patch
   * @param strideHeight from one row of windows to the next
   * @param strideWidth from one column of windows to the next
   * @param words what the legend says of it
   */
  public record Window(int height, int width, int strideHeight, int strideWidth, String words) {
    /** A patch of one size. */
    public Window(int height, int width, int strideHeight, int strideWidth) {
      this(
          height, width, strideHeight, strideWidth, "patch %d\u00d7%d px".formatted(height, width));
    }

    /** Checks that all are at least 1. */
    public Window {
      if (height < 1 || width < 1 || strideHeight < 1 || strideWidth < 1) {
        throw new IllegalArgumentException(
            "window %dx%d, stride %dx%d".formatted(height, width, strideHeight, strideWidth));
      }
    }
  }

  /** Checks that the map has the picture's size. */
  public MapScene {
    if (map.width() != shown.width() || map.height() != shown.height()) {
      throw new IllegalArgumentException(
          "a map of %dx%d pixels on a picture of %dx%d"
              .formatted(map.width(), map.height(), shown.width(), shown.height()));
    }
  }
}
