package io.convlens.bench;

import java.util.List;
import java.util.stream.IntStream;

/** What is done with measured numbers. */
final class Statistics {
  private Statistics() {}

  /** The middle one; of an even number, the mean of the middle two. */
  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Round by round, one over the other. */
  static List<Double> ratios(List<Double> over, List<Double> under) {
    return IntStream.range(0, over.size()).mapToObj(i -> over.get(i) / under.get(i)).toList();
  }

  /**
   * The largest difference over the largest magnitude, among the elements that both have: batches
   * may differ in size, their first pictures don't.
   */
  static double relativeDifference(float[] a, float[] b) {
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      largest = Math.max(largest, Math.abs(a[i]));
      difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
    }
    return largest == 0 ? difference : difference / largest;
  }
}
