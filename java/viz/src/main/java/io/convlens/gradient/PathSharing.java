package io.convlens.gradient;

import io.convlens.device.SampleSpec;
import io.convlens.engine.Sampling;
import io.convlens.gradient.Attribution.Completeness;
import io.convlens.gradient.GradientPass.Way;
import io.convlens.graph.GradientRule;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** Integrated gradients: the mean gradient on the straight way from a baseline, times the way. */
final class PathSharing implements Sharing {
  private final Setting setting;
  private final GradientPass pass;

  PathSharing(Setting setting) {
    this.setting = setting;
    this.pass =
        new GradientPass(
            setting.network(),
            setting.objective(),
            Set.of(setting.input()),
            Way.by(GradientRule.GRADIENT),
            setting.options().steps().orElse(StepSearch.FIRST_STEPS) + 2L);
  }

  @Override
  public Shape shape() {
    return setting.frame().shares();
  }

  @Override
  public Shares of(Case one) {
    float[] baseline = setting.baseline(one.x());
    pass.put(0, baseline);
    pass.run(1, one.target());
    double difference = one.score() - (double) pass.score(0, one.target());
    return StepSearch.run(setting.options(), steps -> integrated(one, baseline, steps, difference));
  }

  private Shares integrated(Case one, float[] baseline, int steps, double difference) {
    Quadrature.Nodes nodes = setting.options().rule().nodes(steps);
    int size = one.x().length;
    float[] sums = weighted(nodes, baseline, one);
    float[] shares = new float[size];
    double total = 0;
    for (int i = 0; i < size; i++) {
      shares[i] = (float) (sums[i] * ((double) one.x()[i] - baseline[i]));
      total += shares[i];
    }
    var completeness = new Completeness(difference, total - difference, steps);
    return new Shares(setting.frame().planes(shares), Optional.of(completeness));
  }

  /** The weighted sum of the gradients on the way. */
  private float[] weighted(Quadrature.Nodes nodes, float[] baseline, Case one) {
    var way =
        new SampleSpec.Between(
            Arrays.stream(nodes.places()).boxed().toList(),
            Arrays.stream(nodes.weights()).boxed().toList());
    try (Sampling sampling = pass.sampled(setting.input(), way, one.target())) {
      sampling.run(one.x(), baseline);
      return sampling.sum();
    }
  }

  /** A point on the straight way. */
  static float[] between(float[] from, float[] to, double place) {
    float[] at = new float[to.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = (float) (from[i] + place * ((double) to[i] - from[i]));
    }
    return at;
  }

  @Override
  public void close() {
    pass.close();
  }
}
