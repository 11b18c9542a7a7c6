package io.convlens.gradient;

import io.convlens.gradient.Attribution.Completeness;
import io.convlens.gradient.GradientPass.Way;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * Conductance (Dhamdhere et al. 2018): how much of an integrated gradient flows through each
 * element of a layer, ∫ ∂score/∂y dy along the straight way from baseline to input. As Captum, the
 * inner derivative is taken as the element's change from one place to the next; other than there,
 * with the mean of the gradients at both places, which needs fewer steps.
 */
final class Conductance implements Sharing {
  private final Setting setting;
  private final Value layer;
  private final GradientPass pass;

  Conductance(Setting setting) {
    this.setting = setting;
    this.layer = setting.to();
    if (layer == setting.input()) {
      throw new UnusableOptionException("conductance is of a layer: name one");
    }
    this.pass =
        new GradientPass(
            setting.network(),
            setting.objective(),
            Set.of(layer),
            Way.by(GradientRule.GRADIENT),
            setting.options().steps().orElse(StepSearch.FIRST_STEPS) + 1L);
  }

  @Override
  public Shape shape() {
    return Frame.withoutBatch(layer.shape());
  }

  @Override
  public Shares of(Case one) {
    float[] baseline = setting.baseline(one.x());
    return StepSearch.run(setting.options(), steps -> along(one, baseline, steps));
  }

  private Shares along(Case one, float[] baseline, int steps) {
    int size = Math.toIntExact(shape().size());
    double[] sums = new double[size];
    float[] lastGradient = new float[size];
    float[] lastValue = new float[size];
    double start = 0;
    for (int first = 0; first <= steps; first += pass.batch()) {
      int count = Math.min(pass.batch(), steps + 1 - first);
      for (int row = 0; row < count; row++) {
        pass.put(row, PathSharing.between(baseline, one.x(), (first + row) / (double) steps));
      }
      pass.run(count, one.target());
      start = first == 0 ? pass.score(0, one.target()) : start;
      float[] g = pass.gradient(layer, count);
      float[] v = pass.value(layer, count);
      for (int row = 0; row < count; row++) {
        for (int i = 0; i < size && first + row > 0; i++) {
          double change = (double) v[row * size + i] - lastValue[i];
          sums[i] += ((double) g[row * size + i] + lastGradient[i]) / 2 * change;
        }
        lastGradient = Arrays.copyOfRange(g, row * size, (row + 1) * size);
        lastValue = Arrays.copyOfRange(v, row * size, (row + 1) * size);
      }
    }
    float[] shares = new float[size];
    double total = 0;
    for (int i = 0; i < size; i++) {
      shares[i] = (float) sums[i];
      total += sums[i];
    }
    double difference = one.score() - start;
    var completeness = new Completeness(difference, total - difference, steps);
    return new Shares(shares, Optional.of(completeness));
  }

  @Override
  public void close() {
    pass.close();
  }
}
