package io.convlens.gradient;

/** Maps of one channel made of a layer's channels and their gradients, both {@code [K, places]}. */
final class ChannelWeighing {
  private ChannelWeighing() {}

  /** The map of a method, {@code [places]}. */
  static float[] map(Method method, float[] values, float[] gradients, int channels) {
    int places = values.length / channels;
    double[] map = new double[places];
    for (int k = 0; k < channels; k++) {
      int from = k * places;
      switch (method) {
        case LAYER_CAM -> {
          for (int i = 0; i < places; i++) {
            map[i] += Math.max(gradients[from + i], 0.0) * values[from + i];
          }
        }
        case GRAD_CAM_PLUS_PLUS ->
            add(map, values, from, plusPlusWeight(values, gradients, from, places));
        default -> add(map, values, from, meanGradient(gradients, from, places));
      }
    }
    float[] result = new float[places];
    for (int i = 0; i < places; i++) {
      result[i] = (float) map[i];
    }
    return result;
  }

  private static void add(double[] map, float[] values, int from, double weight) {
    for (int i = 0; i < map.length; i++) {
      map[i] += weight * values[from + i];
    }
  }

  private static double meanGradient(float[] gradients, int from, int places) {
    double sum = 0;
    for (int i = 0; i < places; i++) {
      sum += gradients[from + i];
    }
    return sum / places;
  }

  /**
   * Σ α·relu(g) with α = g²/(2g² + g³·ΣA), equation 19 of Grad-CAM++ for a score behind an
   * exponential; 0 where the denominator is.
   */
  private static double plusPlusWeight(float[] values, float[] gradients, int from, int places) {
    double total = 0;
    for (int i = 0; i < places; i++) {
      total += values[from + i];
    }
    double weight = 0;
    for (int i = 0; i < places; i++) {
      double g = gradients[from + i];
      double below = 2 * g * g + g * g * g * total;
      weight += below == 0 ? 0 : g * g / below * Math.max(g, 0);
    }
    return weight;
  }

  static void relu(float[] map) {
    for (int i = 0; i < map.length; i++) {
      map[i] = Math.max(map[i], 0f);
    }
  }
}
