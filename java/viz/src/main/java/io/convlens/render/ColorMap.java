package io.convlens.render;

/**
 * Colours for a value between 0 and 1. Each map is a few anchors joined by straight lines in Oklab,
 * where equal steps look about equally large. Source: Ottosson, "A perceptual color space for image
 * processing", 2020.
 */
public enum ColorMap {
  /**
   * Blue where the answer falls, through a warm white, to red where it survives: the ends are
   * equally dark, the middle is the lightest.
   */
  BLUE_RED("Red", "Blue", 0x1d3b9b, 0x4b86d6, 0xa9cbea, 0xf6f2e8, 0xf5b795, 0xe0653f, 0xb5121f),

  /**
   * Dark blue where the answer falls, through grey, to yellow where it survives: it grows steadily
   * lighter and tells values apart in every kind of colour blindness and in print without colour.
   */
  BLUE_YELLOW("Yellow", "Dark blue", 0x08204f, 0x2f4b80, 0x646f80, 0x9a9275, 0xcfb656, 0xffe13d);

  private static final int STEPS = 1024;

  private final String high;
  private final String low;

  /** Written in the constructor and never after; a list would box each colour of each pixel. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final int[] table = new int[STEPS + 1];

  ColorMap(String high, String low, int... anchors) {
    this.high = high;
    this.low = low;
    for (int i = 0; i <= STEPS; i++) {
      double place = (double) i / STEPS * (anchors.length - 1);
      int from = Math.min((int) place, anchors.length - 2);
      table[i] = Oklab.mix(anchors[from], anchors[from + 1], place - from);
    }
  }

  /**
   * The colour of a value as {@code 0xRRGGBB}; values beyond 0 and 1 take the end's colour.
   *
   * @throws IllegalArgumentException if it is not a number
   */
  public int rgb(double value) {
    if (Double.isNaN(value)) {
      throw new IllegalArgumentException("no colour for NaN");
    }
    return table[(int) Math.rint(Math.clamp(value, 0.0, 1.0) * STEPS)];
  }

  /** What people call the colour of 1, to start a sentence with. */
  public String high() {
    return high;
  }

  /** What people call the colour of 0. */
  public String low() {
    return low;
  }
}
