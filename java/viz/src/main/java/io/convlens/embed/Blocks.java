package io.convlens.embed;

import java.util.stream.IntStream;

/**
 * Work over indices in blocks of a fixed size, in parallel. Which block an index falls into does
 * not depend on the number of threads: what is added up block by block gives the same bytes
 * everywhere.
 */
final class Blocks {
  /** Work on the indices {@code from} to {@code to} (exclusive). */
  @FunctionalInterface
  interface Work {
    void run(int block, int from, int to);
  }

  private Blocks() {}

  static int count(int length, int size) {
    return (length + size - 1) / size;
  }

  static void run(int length, int size, Work work) {
    IntStream.range(0, count(length, size))
        .parallel()
        .forEach(b -> work.run(b, b * size, Math.min(length, (b + 1) * size)));
  }

  /** A number a block, added up in order. */
  static double sum(int length, int size, Summand summand) {
    double[] parts = new double[count(length, size)];
    run(length, size, (b, from, to) -> parts[b] = summand.of(from, to));
    double sum = 0;
    for (double part : parts) {
      sum += part;
    }
    return sum;
  }

  /** What a block adds to a sum. */
  @FunctionalInterface
  interface Summand {
    double of(int from, int to);
  }
}
