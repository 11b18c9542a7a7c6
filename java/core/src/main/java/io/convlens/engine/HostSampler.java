package io.convlens.engine;

import io.convlens.device.Buffer;
import io.convlens.device.CounterNoise;
import io.convlens.device.SampleSpec.Between;
import io.convlens.device.SampleSpec.Noisy;
import io.convlens.device.SampleSpec.Samples;
import io.convlens.device.Sampler;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/**
 * Samples made here and carried to and from the session, which rearranges them. What a device's
 * kernels do element by element is written the same way there, so that both round alike.
 */
final class HostSampler implements Sampler {
  private final Session session;
  private final Value value;
  private final Samples samples;
  private final Tensor inputs;
  private final Tensor gradients;
  private final float[] picture;
  private final float[] baseline;
  private final double[] sums;
  private final double[] squares;
  private int taken;

  HostSampler(Session session, Value value, Samples samples, Shape one) {
    this.session = session;
    this.value = value;
    this.samples = samples;
    this.picture = new float[Math.toIntExact(one.size())];
    this.baseline = new float[picture.length];
    this.sums = new double[picture.length];
    this.squares = new double[picture.length];
    this.inputs = Tensor.zeros(session.graph().input().shape(session.batch()));
    this.gradients = Tensor.zeros(value.shape(session.batch()));
  }

  @Override
  public void start(Tensor end, Tensor begin, Buffer input, Buffer gradient) {
    end.copyTo(picture, 0, picture.length);
    begin.copyTo(baseline, 0, baseline.length);
    java.util.Arrays.fill(sums, 0);
    java.util.Arrays.fill(squares, 0);
    taken = 0;
  }

  @Override
  public void fill(int first, int count) {
    float[] sample = new float[picture.length];
    for (int row = 0; row < count; row++) {
      switch (samples) {
        case Noisy noisy -> noisy(noisy, first + row, sample);
        case Between between -> between(between, first + row, sample);
      }
      inputs.copyFrom(sample, (long) row * sample.length);
    }
    session.upload(inputs, 0, count);
  }

  private void noisy(Noisy n, int sample, float[] to) {
    var noise = new CounterNoise(n.seed());
    for (int i = 0; i < to.length; i++) {
      to[i] = picture[i] + (float) (n.sigma() * noise.normal(sample, i));
    }
  }

  private void between(Between b, int sample, float[] to) {
    double place = b.places().get(sample);
    for (int i = 0; i < to.length; i++) {
      double way = (double) picture[i] - baseline[i];
      to[i] = (float) Math.fma(place, way, (double) baseline[i]);
    }
  }

  @Override
  public void take(int first, int count) {
    session.download(value, count, gradients, 0);
    for (int row = 0; row < count; row++) {
      taken++;
      long at = (long) row * picture.length;
      switch (samples) {
        case Noisy _ -> join(at);
        case Between between -> add(at, between.weights().get(first + row));
      }
    }
  }

  /** Welford 1962. */
  private void join(long at) {
    for (int i = 0; i < sums.length; i++) {
      double v = gradients.get(at + i);
      double off = v - sums[i];
      sums[i] += off / taken;
      squares[i] = Math.fma(off, v - sums[i], squares[i]);
    }
  }

  private void add(long at, double weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.fma(weight, gradients.get(at + i), sums[i]);
    }
  }

  @Override
  public void readSum(Tensor to) {
    for (int i = 0; i < sums.length; i++) {
      to.set(i, (float) sums[i]);
    }
  }

  @Override
  public void readVariance(Tensor to) {
    for (int i = 0; i < squares.length; i++) {
      to.set(i, (float) (squares[i] / taken));
    }
  }

  @Override
  public void close() {
    inputs.close();
    gradients.close();
  }
}
