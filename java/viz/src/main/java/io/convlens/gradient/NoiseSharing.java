package io.convlens.gradient;

import io.convlens.gradient.GradientPass.Way;
import io.convlens.tensor.Shape;
import java.util.Set;

/** Mean or variance of the gradient over noisy copies of the input. */
final class NoiseSharing implements Sharing {
  /** Of the range of a picture's values: SmoothGrad's authors suggest 0.1 to 0.2. */
  private static final double USUAL_NOISE = 0.15;

  private final Setting setting;
  private final GradientPass pass;

  NoiseSharing(Setting setting) {
    this.setting = setting;
    this.pass =
        new GradientPass(
            setting.network(),
            setting.objective(),
            Set.of(setting.input()),
            Way.by(setting.options().method().rule()),
            setting.options().samples());
  }

  @Override
  public Shape shape() {
    return setting.frame().shares();
  }

  @Override
  public Shares of(Case one) {
    SaliencyOptions options = setting.options();
    var moments = new Moments(one.x().length);
    double sigma = options.sigma().orElseGet(() -> USUAL_NOISE * Noise.range(one.x()));
    for (int first = 0; first < options.samples(); first += pass.batch()) {
      int count = Math.min(pass.batch(), options.samples() - first);
      for (int row = 0; row < count; row++) {
        pass.put(row, noisy(one.x(), first + row, sigma));
      }
      pass.run(count, one.target());
      moments.add(pass.gradient(setting.input(), count), count);
    }
    float[] result = options.method() == Method.VARGRAD ? moments.variance() : moments.mean();
    return new Shares(setting.frame().planes(result));
  }

  private float[] noisy(float[] x, int sample, double sigma) {
    Noise noise = setting.noise();
    float[] copy = x.clone();
    for (int i = 0; i < copy.length; i++) {
      copy[i] += (float) (sigma * noise.normal(sample, i));
    }
    return copy;
  }

  @Override
  public void close() {
    pass.close();
  }
}
