package io.convlens.embed;

import java.util.Arrays;
import java.util.List;

/**
 * How true a picture on the plane is to the points.
 *
 * @param k how many neighbours are looked at
 * @param trustworthiness 1 − 2/(nk(2n−3k−1)) · Σᵢ Σ (rank − k) over those of i's k nearest on the
 *     plane that are not among its k nearest points, whose rank is at which place they are (Venna
 *     and Kaski, 2001)
 * @param neighboursKept the mean share of a point's k nearest that are so on the plane
 * @param looked of how many points it was computed: of all, or of as many as can be, evenly spread
 */
record Faithfulness(int k, double trustworthiness, double neighboursKept, int looked) {
  private static final int NEIGHBOURS = 12;

  /** Above this many points so many of them are looked at, each against all. */
  private static final int MOST = 5000;

  private static final int BLOCK = 8;

  static Faithfulness of(Points points, float[] x, float[] y) {
    int n = points.count();
    // The formula holds for k < n/2.
    int k = Math.min(NEIGHBOURS, (n - 1) / 2);
    if (k < 1) {
      return new Faithfulness(0, 1, 1, n);
    }
    int looked = Math.min(n, MOST);
    var plane = new Points(n, new float[][] {x, y});
    double[] penalties = new double[looked];
    double[] kept = new double[looked];
    Blocks.run(
        looked,
        BLOCK,
        (_, from, to) -> {
          int[] which = new int[to - from];
          Arrays.setAll(which, s -> (int) ((long) (from + s) * n / looked));
          float[][] far = new float[which.length][n];
          float[][] near = new float[which.length][n];
          points.squaredDistances(which, far);
          plane.squaredDistances(which, near);
          for (int s = from; s < to; s++) {
            int i = which[s - from];
            compare(i, k, far[s - from], near[s - from], s, penalties, kept);
          }
        });
    double worst = (double) looked * k * (2.0 * n - 3.0 * k - 1) / 2;
    return new Faithfulness(
        k,
        1 - Arrays.stream(penalties).sum() / worst,
        Arrays.stream(kept).sum() / looked / k,
        looked);
  }

  private static void compare(
      int i, int k, float[] far, float[] near, int s, double[] penalties, double[] kept) {
    long[] trueOnes = NearestNeighbours.nearest(far, i, k);
    long[] shown = NearestNeighbours.nearest(near, i, k);
    for (long j : shown) {
      if (Arrays.stream(trueOnes).anyMatch(t -> t == j)) {
        kept[s]++;
      } else {
        penalties[s] += rank(far, i, (int) j) - k;
      }
    }
  }

  /** The place of j among i's neighbours, from 1; equals by index. */
  private static int rank(float[] row, int i, int j) {
    int rank = 1;
    float own = row[j];
    for (int o = 0; o < row.length; o++) {
      if (o != i && (row[o] < own || (row[o] == own && o < j))) {
        rank++;
      }
    }
    return rank;
  }

  /** The mean share of a point's nearest on the plane that are of its class. */
  static double purity(float[] x, float[] y, List<Integer> classes) {
    int n = x.length;
    int k = Math.min(NEIGHBOURS, n - 1);
    if (k < 1) {
      return 1;
    }
    NearestNeighbours near = NearestNeighbours.of(new Points(n, new float[][] {x, y}), k);
    long same = 0;
    for (int i = 0; i < n; i++) {
      for (int r = 0; r < k; r++) {
        same += classes.get(near.indices()[i * k + r]).equals(classes.get(i)) ? 1 : 0;
      }
    }
    return (double) same / n / k;
  }
}
