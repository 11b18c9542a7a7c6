package io.convlens.embed;

import io.convlens.io.UnusableOptionException;

/**
 * How an embedding is made.
 *
 * @param perplexity how many neighbours a point has, about
 * @param iterations steps of the descent; the first 250 exaggerate
 * @param seed of the small random part of the first places
 * @param pca to how many principal components the codes are reduced before; as many as there are
 *     dimensions, or more, changes nothing
 * @param threads 0 for all cores
 */
public record EmbeddingOptions(double perplexity, int iterations, long seed, int pca, int threads) {
  /** Perplexity 30, 1000 iterations, 50 components. */
  public static final EmbeddingOptions DEFAULT = new EmbeddingOptions(30, 1000, 0, 50, 0);

  private static final int MOST_ITERATIONS = 1_000_000;

  /** Checks the numbers. */
  public EmbeddingOptions {
    if (!(perplexity >= 1 && perplexity < Integer.MAX_VALUE)) {
      throw new UnusableOptionException("perplexity " + perplexity + ": must be 1 or more");
    }
    if (iterations < 0 || iterations > MOST_ITERATIONS) {
      throw new UnusableOptionException(
          "iterations %d: 0 to %d".formatted(iterations, MOST_ITERATIONS));
    }
    if (pca < 1) {
      throw new UnusableOptionException("pca " + pca + ": must be 1 or more");
    }
  }
}
