package io.convlens.synthesis;

import io.convlens.image.FittedPreprocess;
import io.convlens.io.UnusableOptionException;
import java.util.Arrays;

/**
 * Which values of a network's input stand for the darkest and the brightest sample of each channel.
 * Made pictures stay between them, and steps are shares of the way from one to the other, so that
 * they mean the same whatever a network's preprocessing is.
 *
 * @param low the value of sample 0, one a channel in the network's order; not to be changed
 * @param high the value of sample 255, likewise
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record PixelRange(float[] low, float[] high) {
  /** The largest sample of 8 bits. */
  static final double WHITE = 255;

  /** Checks that there is a way from one to the other. */
  public PixelRange {
    if (low.length != high.length || low.length == 0) {
      throw new UnusableOptionException(low.length + " low and " + high.length + " high values");
    }
    for (int c = 0; c < low.length; c++) {
      if (!Float.isFinite(low[c]) || !Float.isFinite(high[c]) || low[c] == high[c]) {
        throw new UnusableOptionException(
            "a range from %s to %s: two different numbers are needed".formatted(low[c], high[c]));
      }
    }
  }

  /** That of pictures after a preprocessing. */
  public static PixelRange of(FittedPreprocess preprocess) {
    return new PixelRange(preprocess.fillValue(0, 0, 0), preprocess.fillValue(WHITE, WHITE, WHITE));
  }

  /** The same for every channel. */
  public static PixelRange of(int channels, float low, float high) {
    float[] lows = new float[channels];
    float[] highs = new float[channels];
    Arrays.fill(lows, low);
    Arrays.fill(highs, high);
    return new PixelRange(lows, highs);
  }
}
