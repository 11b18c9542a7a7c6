package io.convlens.evaluation;

/**
 * What a method says of one input.
 *
 * @param values all its numbers, as the method gives them
 * @param relevance one number a pixel, by which pixels are ranked
 * @param shares one number a pixel, what each is said to contribute to the score: for slopes the
 *     slope times the way from the fill, for others the relevance
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
record Explanation(float[] values, PixelMap relevance, PixelMap shares) {
  /** Where all three are the same. */
  static Explanation of(PixelMap map) {
    return new Explanation(map.values(), map, map);
  }
}
