package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import io.convlens.device.CounterNoise;
import io.convlens.device.SampleSpec;
import io.convlens.device.SampleSpec.Between;
import io.convlens.device.SampleSpec.Noisy;
import io.convlens.device.Sampler;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Samples made and gathered on the device. The picture goes up once, and the result comes back
 * once; a batch takes a launch on each side of the network.
 */
final class CudaSampler implements Sampler {
  /** The sum or mean, and the squares. */
  private static final int KEPT = 2;

  private final CudaDevice device;
  private final SampleSpec spec;
  private final String problem;
  private final List<AutoCloseable> parts = new ArrayList<>();
  private final CudaBuffer picture;
  private final CudaBuffer baseline;
  private final CudaBuffer result;
  private final DeviceMemory state;
  private final long places;
  private final long weights;
  private @Nullable CudaBuffer input;
  private @Nullable CudaBuffer gradient;
  private boolean closed;

  CudaSampler(CudaDevice device, SampleSpec spec) {
    this.device = device;
    this.spec = spec;
    this.problem =
        "%d samples of %s, %d a batch".formatted(spec.samples().count(), spec.dims(), spec.batch());
    long elements = spec.elements();
    try {
      this.state = made(device.memory(Math.multiplyExact(elements, KEPT * Double.BYTES)));
      this.picture = buffer(elements);
      this.baseline = buffer(elements);
      this.result = buffer(KEPT * elements);
      this.places = numbers(spec.samples(), true);
      this.weights = numbers(spec.samples(), false);
    } catch (RuntimeException | Error e) {
      parts.reversed().forEach(p -> Closing.after(e, p));
      throw e;
    }
  }

  private <T extends AutoCloseable> T made(T part) {
    parts.add(part);
    return part;
  }

  private CudaBuffer buffer(long elements) {
    DeviceMemory memory = made(device.memory(Math.multiplyExact(elements, Float.BYTES)));
    return CudaBuffer.of(device, memory, elements);
  }

  /** The address of a number a sample, or 0 where there is none. */
  private long numbers(SampleSpec.Samples samples, boolean ofPlaces) {
    if (!(samples instanceof Between between)) {
      return 0;
    }
    double[] numbers =
        (ofPlaces ? between.places() : between.weights())
            .stream().mapToDouble(Double::doubleValue).toArray();
    return made(device.uploaded(MemorySegment.ofArray(numbers))).address();
  }

  @Override
  public void start(Tensor end, Tensor begin, Buffer to, Buffer back) {
    device.upload(end, 0, spec.elements(), picture);
    if (spec.samples() instanceof Between) {
      device.upload(begin, 0, spec.elements(), baseline);
    }
    input = (CudaBuffer) to;
    gradient = (CudaBuffer) back;
  }

  @Override
  public void fill(int first, int count) {
    check(first, count);
    Words words =
        new Words().put(picture.address(), baseline.address(), places, started(input).address());
    switch (spec.samples()) {
      case Noisy(int _, long seed, double sigma) ->
          words.put(new CounterNoise(seed).key()).real(sigma);
      case Between _ -> words.put(0).real(0);
    }
    launch(Operation.SAMPLES, words, first, count, spec.input());
  }

  @Override
  public void take(int first, int count) {
    check(first, count);
    Words words =
        new Words()
            .put(started(gradient).address(), weights)
            .put(state.address(), result.address());
    launch(Operation.MOMENTS, words, first, count, spec.gradient());
  }

  private void launch(Operation operation, Words words, int first, int count, List<Long> strides) {
    device.enter();
    words
        .put(first, count, strides.getFirst(), spec.dims().size())
        .perAxis(spec.dims())
        .perAxis(strides.subList(1, strides.size()));
    device.launch(operation, words.toArray(), problem);
  }

  private void check(int first, int count) {
    Objects.checkFromIndexSize(0, count, spec.batch());
    Objects.checkFromIndexSize(first, count, spec.samples().count());
  }

  private static CudaBuffer started(@Nullable CudaBuffer buffer) {
    if (buffer == null) {
      throw new IllegalStateException("no picture: start comes first");
    }
    return buffer;
  }

  @Override
  public void readSum(Tensor to) {
    device.download(result, spec.elements(), to, 0);
  }

  @Override
  public void readVariance(Tensor to) {
    if (!(spec.samples() instanceof Noisy)) {
      throw new IllegalStateException("no variance is kept of weighted sums");
    }
    device.download(result.slice(spec.elements(), spec.elements()), spec.elements(), to, 0);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(this, parts);
    }
  }
}
