package io.convlens.gradient;

import io.convlens.gradient.GradientPass.Way;
import io.convlens.graph.GradientRule;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Expected gradients (Erion et al. 2021): the mean of gradient times way, from a baseline of the
 * set to a place on the way to the input, both drawn uniformly for each sample.
 */
final class ExpectedSharing implements Sharing {
  private final Setting setting;
  private final GradientPass pass;

  ExpectedSharing(Setting setting) {
    this.setting = setting;
    this.pass =
        new GradientPass(
            setting.network(),
            setting.objective(),
            Set.of(setting.input()),
            Way.by(GradientRule.GRADIENT),
            setting.options().samples());
  }

  @Override
  public Shape shape() {
    return setting.frame().shares();
  }

  @Override
  public Shares of(Case one) {
    int samples = setting.options().samples();
    int size = one.x().length;
    double[] sums = new double[size];
    for (int first = 0; first < samples; first += pass.batch()) {
      int count = Math.min(pass.batch(), samples - first);
      List<float[]> baselines = new ArrayList<>();
      for (int row = 0; row < count; row++) {
        baselines.add(baseline(one.x(), first + row));
        double place = setting.noise().uniform(first + row, 0);
        pass.put(row, PathSharing.between(baselines.get(row), one.x(), place));
      }
      pass.run(count, one.target());
      float[] g = pass.gradient(setting.input(), count);
      for (int i = 0; i < g.length; i++) {
        int element = i % size;
        double way = (double) one.x()[element] - baselines.get(i / size)[element];
        sums[element] += g[i] * way;
      }
    }
    float[] shares = new float[size];
    for (int i = 0; i < size; i++) {
      shares[i] = (float) (sums[i] / samples);
    }
    return new Shares(setting.frame().planes(shares));
  }

  /** One of the set by chance; other noise each time. */
  private float[] baseline(float[] x, int sample) {
    int which = sample;
    if (setting.options().baseline() instanceof Baseline.Given g) {
      // The uniform number may be 1.
      double drawn = setting.noise().uniform(sample, 1) * g.inputs().size();
      which = Math.min((int) drawn, g.inputs().size() - 1);
    }
    return setting.options().baseline().of(x, setting.frame(), setting.noise(), which);
  }

  @Override
  public void close() {
    pass.close();
  }
}
