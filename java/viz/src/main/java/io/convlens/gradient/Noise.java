package io.convlens.gradient;

import io.convlens.device.CounterNoise;

/** Random numbers of a seed by counter, as {@link CounterNoise} has them. */
final class Noise {
  private final CounterNoise counter;

  Noise(long seed) {
    this.counter = new CounterNoise(seed);
  }

  /** A uniform number in (0, 1]. */
  double uniform(int sample, long element) {
    return counter.uniform(sample, element);
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
}
