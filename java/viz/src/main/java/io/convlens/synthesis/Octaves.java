package io.convlens.synthesis;

/**
 * A picture as a sum of layers of ever coarser detail, each of which goes its own way downhill
 * (Adam). A step in a coarse layer moves whole areas at once, which the gradient of single pixels
 * hardly does: what comes out has the large shapes of a picture, not only its grain.
 */
final class Octaves {
  private static final float GREY = 0.5f;

  private final Planes planes;
  private final float[][] layers;
  private final Adam[] steps;

  /**
   * Of a picture of a size, grey to begin with.
   *
   * @param bands layers beside the one of single pixels
   */
  Octaves(Planes planes, int size, int bands) {
    this.planes = planes;
    this.layers = new float[bands + 1][size];
    this.steps = new Adam[bands + 1];
    for (int k = 0; k <= bands; k++) {
      steps[k] = new Adam(size);
    }
  }

  /** Adds to the layer of single pixels. */
  void add(int pixel, double brightness) {
    layers[0][pixel] += (float) brightness;
  }

  /** The picture, from 0 to 1. */
  float[] picture() {
    float[] sum = layers[layers.length - 1].clone();
    for (int k = layers.length - 2; k >= 0; k--) {
      sum = planes.coarser(sum, k);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += layers[k][i];
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] = Math.clamp(GREY + sum[i], 0f, 1f);
    }
    return sum;
  }

  /**
   * A step downhill.
   *
   * @param gradient with respect to the picture
   * @param rate about how far
   */
  void step(float[] gradient, double rate) {
    float[] own = gradient;
    for (int k = 0; k < layers.length; k++) {
      steps[k].step(layers[k], own, rate / layers.length);
      own = k + 1 < layers.length ? planes.coarser(own, k) : own;
    }
  }
}
