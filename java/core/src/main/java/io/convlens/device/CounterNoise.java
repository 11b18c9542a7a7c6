package io.convlens.device;

/**
 * Noise by counter: a number depends on seed, sample and element alone, not on what was drawn
 * before, in which batch, or on which device. Logarithm and cosine are written out in operations
 * that IEEE 754 rounds alike everywhere, so that every device draws the same bits.
 */
public final class CounterNoise {
  /** The golden ratio's fraction in 64 bits: SplitMix64's step (Steele et al. 2014). */
  private static final long STEP = 0x9e3779b97f4a7c15L;

  /** Elements of one sample are told apart by the lower bits of the counter. */
  private static final int SAMPLE_SHIFT = 36;

  /** The series of artanh(x)/x in x², enough for 53 bits up to 0.172. */
  private static final double[] ARTANH = {
    1, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19,
    1.0 / 21
  };

  /** The series of cos x in x², enough for 53 bits up to π/4. */
  private static final double[] COSINE = {
    1,
    -1.0 / 2,
    1.0 / 24,
    -1.0 / 720,
    1.0 / 40320,
    -1.0 / 3628800,
    1.0 / 479001600,
    -1.0 / 87178291200L,
    1.0 / 20922789888000L
  };

  /** The series of sin(x)/x in x², likewise. */
  private static final double[] SINE = {
    1,
    -1.0 / 6,
    1.0 / 120,
    -1.0 / 5040,
    1.0 / 362880,
    -1.0 / 39916800,
    1.0 / 6227020800L,
    -1.0 / 1307674368000L,
    1.0 / 355687428096000L
  };

  private final long key;

  /** Noise of a seed. */
  public CounterNoise(long seed) {
    this.key = mixed(seed + STEP);
  }

  /** What the seed came to: what a device's kernel starts from. */
  public long key() {
    return key;
  }

  /** A standard normal number, by Box and Muller's transform. */
  public double normal(int sample, long element) {
    long counter = ((long) sample << SAMPLE_SHIFT) + element;
    double radius = Math.sqrt(-2 * log(integer(2 * counter)));
    return radius * cosineOfTurn(integer(2 * counter + 1));
  }

  /** A uniform number in (0, 1]. */
  public double uniform(int sample, long element) {
    return integer(((long) sample << SAMPLE_SHIFT) + element) * 0x1p-53;
  }

  /** A number from 1 to 2⁵³. */
  private long integer(long counter) {
    return (mixed(key + counter * STEP) >>> 11) + 1;
  }

  /** SplitMix64's output function. */
  private static long mixed(long z) {
    long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }

  /** ln(k·2⁻⁵³): with k = m·2ᵉ and m around 1, ln m is 2·artanh((m − 1)/(m + 1)). */
  static double log(long k) {
    int exponent = 63 - Long.numberOfLeadingZeros(k);
    double m = Math.scalb((double) k, -exponent);
    if (m > 1.4142135623730951) {
      m *= 0.5;
      exponent++;
    }
    double f = (m - 1) / (m + 1);
    double logOfTwo = 0.6931471805599453;
    return Math.fma(exponent - 53, logOfTwo, 2 * f * series(ARTANH, f * f));
  }

  /** cos(2π·k·2⁻⁵³): of the rest to the nearest quarter turn. */
  static double cosineOfTurn(long k) {
    double quarters = k * 0x1p-51;
    double nearest = Math.floor(quarters + 0.5);
    double angle = (quarters - nearest) * 1.5707963267948966;
    int quarter = (int) nearest & 3;
    double square = angle * angle;
    double value = (quarter & 1) == 0 ? series(COSINE, square) : angle * series(SINE, square);
    return quarter == 1 || quarter == 2 ? -value : value;
  }

  private static double series(double[] coefficients, double x) {
    double sum = coefficients[coefficients.length - 1];
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = Math.fma(sum, x, coefficients[i]);
    }
    return sum;
  }
}
