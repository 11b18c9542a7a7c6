package io.convlens.occlusion;

import java.util.Optional;

/**
 * What a sweep found for one picture. Arrays are row-major and not to be changed.
 *
 * @param patch the size of the patch
 * @param height the picture's rows, as the network sees it
 * @param width the picture's columns
 * @param rows positions down
 * @param cols positions across
 * @param target the class
 * @param base its score without a patch
 * @param scores {@code [rows, cols]}: its score with the patch at each position
 * @param attribution {@code [height, width]}: for each pixel the mean over the windows that cover
 *     it of base − score; 0 where none does. Positive where the pixel supports the class.
 * @param covered {@code [height, width]}: whether a window covers the pixel
 * @param classScores {@code [rows, cols, classes]}, if asked for
 * @param layerSums {@code [rows, cols]}: the total activation of the tracked layer's strongest
 *     channel, if asked for
 * @param work what it took
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody; copies would double them.
public record OcclusionMap(
    Patch patch,
    int height,
    int width,
    int rows,
    int cols,
    int target,
    float base,
    float[] scores,
    float[] attribution,
    boolean[] covered,
    Optional<float[]> classScores,
    Optional<float[]> layerSums,
    Work work) {

  /**
   * What a sweep took.
   *
   * @param engine the mode that really ran
   * @param why in a few words, if it is not the one that was asked for
   * @param macsRun multiply-adds that were run
   * @param macsFull multiply-adds of the whole network at every position
   * @param seconds of wall clock
   * @param approximation how an approximate map was made, and its error, where that was asked for
   */
  public record Work(
      Mode engine,
      Optional<String> why,
      long macsRun,
      long macsFull,
      double seconds,
      Optional<Approximation> approximation) {}

  /** The same map, with something else said of the work. */
  OcclusionMap with(Work other) {
    return new OcclusionMap(
        patch,
        height,
        width,
        rows,
        cols,
        target,
        base,
        scores,
        attribution,
        covered,
        classScores,
        layerSums,
        other);
  }

  /** For each pixel, the mean score over the windows that cover it; the base where none does. */
  public float[] survival() {
    float[] survival = new float[attribution.length];
    for (int i = 0; i < survival.length; i++) {
      survival[i] = base - attribution[i];
    }
    return survival;
  }
}
