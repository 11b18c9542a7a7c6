package io.convlens.gradient;

/**
 * Normal noise by counter: a number depends on seed, sample and element alone, not on what was
 * drawn before, in which batch, or on which device.
 */
final class Noise {
  /** The golden ratio's fraction in 64 bits: SplitMix64's step (Steele et al. 2014). */
  private static final long STEP = 0x9e3779b97f4a7c15L;

  /** Elements of one sample are told apart by the lower bits of the counter. */
  private static final int SAMPLE_SHIFT = 36;

  private final long key;

  Noise(long seed) {
    this.key = mixed(seed + STEP);
  }

  /** A standard normal number, by Box and Muller's transform. */
  double normal(int sample, long element) {
    long counter = ((long) sample << SAMPLE_SHIFT) + element;
    double radius = Math.sqrt(-2 * Math.log(uniform(2 * counter)));
    return radius * Math.cos(2 * Math.PI * uniform(2 * counter + 1));
  }

  /** A uniform number in (0, 1]. */
  double uniform(int sample, long element) {
    return uniform(((long) sample << SAMPLE_SHIFT) + element);
  }

  /** Uniform noise over the range of an input's values. */
  float[] within(float[] x, int sample) {
    float low = Float.POSITIVE_INFINITY;
    for (float v : x) {
      low = Math.min(low, v);
    }
    double range = range(x);
    float[] all = new float[x.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) (low + range * uniform(sample, i));
    }
    return all;
  }

  /** How far the largest of an input's values is from the smallest. */
  static double range(float[] x) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float v : x) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    return (double) high - low;
  }

  /** A number in (0, 1] of 53 bits. */
  private double uniform(long counter) {
    return ((mixed(key + counter * STEP) >>> 11) + 1) * 0x1p-53;
  }

  /** SplitMix64's output function. */
  private static long mixed(long z) {
    long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }
}
