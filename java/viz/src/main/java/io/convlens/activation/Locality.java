package io.convlens.activation;

/**
 * How local a map is: the share of its mass, the sum of magnitudes, that lies in the densest tenth
 * of its places. 0.1 for a flat map, 1 where a tenth holds everything.
 */
final class Locality {
  /** The part of a map's places that counts as dense, rounded up. */
  static final double DENSE = 0.1;

  private float[] magnitudes = new float[0];

  /** The share of one map's mass; NaN where it has none. Not safe from several threads. */
  double of(float[] values, int from, int places) {
    if (magnitudes.length < places) {
      magnitudes = new float[places];
    }
    double mass = 0;
    for (int i = 0; i < places; i++) {
      magnitudes[i] = Math.abs(values[from + i]);
      mass += magnitudes[i];
    }
    if (mass == 0) {
      return Double.NaN;
    }
    int dense = (int) Math.ceil(places * DENSE);
    moveLargestFirst(places, dense);
    double inDense = 0;
    for (int i = 0; i < dense; i++) {
      inDense += magnitudes[i];
    }
    return Math.min(1, inDense / mass);
  }

  /** Hoare's selection: afterwards the {@code count} largest stand first. */
  private void moveLargestFirst(int length, int count) {
    int low = 0;
    int high = length - 1;
    while (low < high) {
      float pivot = magnitudes[(low + high) >>> 1];
      int i = low;
      int j = high;
      while (i <= j) {
        while (magnitudes[i] > pivot) {
          i++;
        }
        while (magnitudes[j] < pivot) {
          j--;
        }
        if (i <= j) {
          float kept = magnitudes[i];
          magnitudes[i++] = magnitudes[j];
          magnitudes[j--] = kept;
        }
      }
      if (count - 1 <= j) {
        high = j;
      } else if (count - 1 >= i) {
        low = i;
      } else {
        return;
      }
    }
  }
}
