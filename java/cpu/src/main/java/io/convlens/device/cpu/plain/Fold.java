package io.convlens.device.cpu.plain;

import io.convlens.graph.Node.ReduceKind;

/**
 * What a reduction does to its elements, in double precision: each becomes a term, terms are
 * combined, and what comes out is finished.
 */
enum Fold {
  SUM,
  PRODUCT,
  MAX,
  MIN;

  /** How the terms of a reduction are combined. */
  static Fold of(ReduceKind kind) {
    return switch (kind) {
      case SUM, MEAN, L1, L2, SUM_SQUARE, LOG_SUM, LOG_SUM_EXP -> SUM;
      case PROD -> PRODUCT;
      case MAX -> MAX;
      case MIN -> MIN;
    };
  }

  /** What combining starts from. */
  double start() {
    return switch (this) {
      case SUM -> 0;
      case PRODUCT -> 1;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  double combine(double a, double b) {
    return switch (this) {
      case SUM -> a + b;
      case PRODUCT -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
    };
  }

  /** All of an array, which is overwritten. */
  double all(double[] terms, int count) {
    return switch (this) {
      case SUM -> Halving.sum(terms, count);
      case PRODUCT -> Halving.product(terms, count);
      case MAX -> Halving.max(terms, count);
      case MIN -> Halving.min(terms, count);
    };
  }

  /** Combines each element of an array with that of another. */
  void each(double[] into, double[] terms, int count) {
    switch (this) {
      case SUM -> {
        for (int i = 0; i < count; i++) {
          into[i] += terms[i];
        }
      }
      case PRODUCT -> {
        for (int i = 0; i < count; i++) {
          into[i] *= terms[i];
        }
      }
      case MAX -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.max(into[i], terms[i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < count; i++) {
          into[i] = Math.min(into[i], terms[i]);
        }
      }
    }
  }

  /** The terms of elements, but for those of {@code LOG_SUM_EXP}. */
  static void terms(ReduceKind kind, float[] elements, double[] terms, int count) {
    switch (kind) {
      case L1 -> {
        for (int i = 0; i < count; i++) {
          terms[i] = Math.abs(elements[i]);
        }
      }
      case L2, SUM_SQUARE -> {
        for (int i = 0; i < count; i++) {
          terms[i] = (double) elements[i] * elements[i];
        }
      }
      case SUM, MEAN, LOG_SUM, LOG_SUM_EXP, PROD, MAX, MIN -> {
        for (int i = 0; i < count; i++) {
          terms[i] = elements[i];
        }
      }
    }
  }

  /**
   * The result.
   *
   * @param count how many elements there were
   * @param largest what was taken from each element before its exponential, for {@code LOG_SUM_EXP}
   */
  static double finish(ReduceKind kind, double all, long count, double largest) {
    return switch (kind) {
      case MEAN -> all / count;
      case L2 -> Math.sqrt(all);
      case LOG_SUM -> Math.log(all);
      case LOG_SUM_EXP -> Math.log(all) + largest;
      case SUM, MAX, MIN, PROD, L1, SUM_SQUARE -> all;
    };
  }
}
