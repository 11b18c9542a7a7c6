package io.convlens.embed;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Normally distributed points around a few centres.
 *
 * @param points all of them
 * @param classes the centre of each
 */
record Clusters(Points points, List<Integer> classes) {
  static Clusters of(int count, int dimensions, int centres, double apart, int seed) {
    var random = new Random(seed);
    float[][] middle = new float[centres][dimensions];
    for (float[] centre : middle) {
      for (int k = 0; k < dimensions; k++) {
        centre[k] = (float) (apart * random.nextGaussian());
      }
    }
    Points points = Points.zeros(count, dimensions);
    List<Integer> classes = new ArrayList<>();
    float[] row = new float[dimensions];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < dimensions; k++) {
        row[k] = middle[i % centres][k] + (float) random.nextGaussian() * (1 + k % 3);
      }
      points.set(i, row, 0);
      classes.add(i % centres);
    }
    return new Clusters(points, classes);
  }

  static double squaredDistance(Points points, int i, int j) {
    double sum = 0;
    for (float[] column : points.columns()) {
      sum += ((double) column[i] - column[j]) * ((double) column[i] - column[j]);
    }
    return sum;
  }
}
