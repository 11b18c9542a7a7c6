package io.convlens.engine;

import io.convlens.device.SampleSpec;
import io.convlens.device.SampleSpec.Samples;
import io.convlens.device.Sampler;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs a session over samples around one picture, batch after batch, and keeps of a value its mean
 * and variance, or its weighted sum: on the device where that can, otherwise here. Either way the
 * samples are the same numbers, and nothing but the result comes back from a device that can.
 *
 * <p>The session's other inputs are the caller's to set. For one thread at a time; close it before
 * the session.
 */
public final class Sampling implements AutoCloseable {
  private final Session session;
  private final Value value;
  private final Samples samples;
  private final Shape one;
  private final Sampler sampler;

  /**
   * Prepares it.
   *
   * @param value what is kept, of the input's shape: one that can be read after a run
   */
  public Sampling(Session session, Value value, Samples samples) {
    this.session = session;
    this.value = value;
    this.samples = samples;
    Shape all = session.graph().input().shape(session.batch());
    this.one = all.rank() == 0 ? all : all.with(0, 1);
    this.sampler = onDevice().orElseGet(() -> new HostSampler(session, value, samples, one));
  }

  private Optional<Sampler> onDevice() {
    Form input = session.form(session.graph().input());
    if (input.extents().rank() == 0) {
      return Optional.empty();
    }
    List<Long> dims = Arrays.stream(input.extents().dims()).skip(1).boxed().toList();
    List<Long> gradient = session.form(value).strides();
    return session
        .device()
        .sampler(new SampleSpec(session.batch(), dims, input.strides(), gradient, samples));
  }

  /**
   * Runs all samples of a picture.
   *
   * @param picture one picture's elements, as the graph's input takes them
   * @param baseline likewise: where the way to the picture begins, if that is where samples lie
   */
  public void run(float[] picture, float[] baseline) {
    try (Tensor end = Tensor.of(one, picture);
        Tensor begin = Tensor.of(one, baseline)) {
      sampler.start(end, begin, session.input(), session.memory(value));
    }
    for (int first = 0; first < samples.count(); first += session.batch()) {
      int count = Math.min(session.batch(), samples.count() - first);
      sampler.fill(first, count);
      session.run(count);
      sampler.take(first, count);
    }
  }

  /** The mean over the samples, or the weighted sum, in the order of the picture's elements. */
  public float[] sum() {
    return read(sampler::readSum);
  }

  /** The mean squared distance from the mean, likewise. */
  public float[] variance() {
    return read(sampler::readVariance);
  }

  private float[] read(Consumer<Tensor> reader) {
    try (Tensor to = Tensor.zeros(one)) {
      reader.accept(to);
      return to.toArray();
    }
  }

  /** Frees what it holds; twice is fine. */
  @Override
  public void close() {
    sampler.close();
  }
}
