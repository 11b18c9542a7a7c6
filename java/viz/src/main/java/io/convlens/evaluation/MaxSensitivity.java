package io.convlens.evaluation;

import java.util.SplittableRandom;

/**
 * Max-sensitivity (Yeh et al. 2019): the largest of ‖Φ(x+u) − Φ(x)‖ / ‖Φ(x)‖ over draws of uniform
 * noise u. As Captum's {@code sensitivity_max}: divided by the map's own norm, the class kept; the
 * norms are Euclidean. The noise reaches as far as a part of the range of the picture's own values,
 * where Captum takes an absolute radius and Quantus shifts it by a lower bound. A map of zeros has
 * no norm to divide by: it counts as moved by 1 at most.
 *
 * @param radius of the noise, as a part of the picture's range
 * @param draws how many
 * @param seed what they are drawn from
 */
record MaxSensitivity(double radius, int draws, long seed) {
  double of(Explainer explainer, Query query, Explanation own) {
    double norm = norm(own.values(), new float[own.values().length]);
    double largest = 0;
    for (int draw = 1; draw <= draws; draw++) {
      float[] moved = moved(query, draw);
      var other = new Query(query.picture(), draw, moved, query.target());
      largest = Math.max(largest, norm(explainer.explain(other).values(), own.values()));
    }
    return norm > 0 ? largest / norm : Math.min(largest, 1);
  }

  private float[] moved(Query query, int draw) {
    float[] x = query.input().clone();
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float v : x) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    double reach = radius * ((double) high - low);
    var random = new SplittableRandom((seed * 31 + query.picture()) * 31 + draw);
    for (int i = 0; i < x.length; i++) {
      x[i] += (float) (reach * (2 * random.nextDouble() - 1));
    }
    return x;
  }

  private static double norm(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double d = (double) a[i] - b[i];
      sum += d * d;
    }
    return Math.sqrt(sum);
  }
}
