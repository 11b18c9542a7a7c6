package io.convlens.embed;

/** What keeps all points apart from each other on the plane. */
sealed interface Repulsion permits ExactRepulsion, BarnesHut, GridRepulsion {
  /**
   * Adds up for each point Σⱼ q̃²·(own − other), where q̃ = 1/(1 + distance²).
   *
   * @param fx overwritten, one a point
   * @param fy likewise
   * @return Σ q̃ over all pairs in both orders
   */
  double repel(float[] x, float[] y, float[] fx, float[] fy);
}
