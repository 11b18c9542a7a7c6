package io.convlens.gradient;

import io.convlens.device.SampleSpec;
import io.convlens.engine.Sampling;
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
    double sigma = options.sigma().orElseGet(() -> USUAL_NOISE * Noise.range(one.x()));
    var noisy = new SampleSpec.Noisy(options.samples(), options.seed(), sigma);
    try (Sampling sampling = pass.sampled(setting.input(), noisy, one.target())) {
      sampling.run(one.x(), one.x());
      boolean varies = options.method() == Method.VARGRAD;
      return new Shares(setting.frame().planes(varies ? sampling.variance() : sampling.sum()));
    }
  }

  @Override
  public void close() {
    pass.close();
  }
}
