package io.convlens.embed;

import io.convlens.device.Spec;

/**
 * How strongly pairs of points belong together: P of t-SNE, symmetric, with sum 1 over all pairs in
 * both orders.
 */
sealed interface Affinities permits DenseAffinities, SparseAffinities {
  /**
   * Adds up for each point Σⱼ p·q̃·(other − own), where q̃ = 1/(1 + distance²) on the plane.
   *
   * @param fx overwritten, one a point
   * @param fy likewise
   */
  void attract(float[] x, float[] y, float[] fx, float[] fy);

  /** The same for a device: all pairs that {@link #attract} takes in. */
  Spec.Attraction pairs();

  /**
   * KL(P‖Q) in nats, over the pairs that have an affinity.
   *
   * @param z Σ q̃ over all pairs in both orders
   */
  double divergence(float[] x, float[] y, double z);
}
