package io.convlens.embed;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.Sequence;
import io.convlens.device.Spec;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * t-SNE's descent on a device: every point repels every other, and places, steps and gains stay
 * there until they are read.
 */
final class DeviceDescent implements AutoCloseable {
  /** x and y; their last steps; their gains. */
  private static final int STATE = 6;

  private final Device device;
  private final int count;

  /** The last opened first. */
  private final Deque<Runnable> closing = new ArrayDeque<>();

  private final Buffer state;
  private final Buffer attraction;
  private final Buffer repulsion;
  private final Launch attract;
  private final Launch repel;

  /**
   * Brings everything to the device.
   *
   * @param pairs that attract each other
   */
  DeviceDescent(Device device, Spec.Attraction pairs, float[] x, float[] y) {
    this.device = device;
    this.count = pairs.points();
    try {
      this.state = allocated((long) STATE * count);
      this.attraction = allocated(2L * count);
      this.repulsion = allocated(3L * count);
      Buffer places = state.slice(0, 2L * count);
      this.attract = prepared(pairs).bind(places, attraction);
      this.repel = prepared(new Spec.Repulsion(count)).bind(places, repulsion);
      try (Tensor start = Tensor.zeros(Shape.of(STATE, count))) {
        float[] all = new float[STATE * count];
        System.arraycopy(x, 0, all, 0, count);
        System.arraycopy(y, 0, all, count, count);
        Arrays.fill(all, 4 * count, all.length, 1);
        start.copyFrom(all, 0);
        device.upload(start, 0, start.size(), state);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private Buffer allocated(long floats) {
    Buffer buffer = device.allocate(floats);
    closing.addFirst(buffer::close);
    return buffer;
  }

  private Kernel prepared(Spec spec) {
    Kernel kernel = device.prepare(spec);
    closing.addFirst(kernel::close);
    return kernel;
  }

  /** Steps of one kind, one {@link Sequence#run} each, as often as one likes. */
  Sequence steps(double exaggeration, double momentum, double rate) {
    var spec =
        new Spec.Descent(
            count,
            (float) exaggeration,
            (float) momentum,
            (float) rate,
            (float) Tsne.LEAST_GAIN,
            (float) Tsne.LONGEST_STEP);
    Launch step = prepared(spec).bind(state, attraction, repulsion, state);
    Sequence steps = device.join(List.of(attract, repel, step));
    closing.addFirst(steps::close);
    return steps;
  }

  /** Brings places back, after what was queued is done. */
  void read(float[] x, float[] y) {
    try (Tensor places = Tensor.zeros(Shape.of(2, count))) {
      device.download(state, places.size(), places, 0);
      float[] both = places.toArray();
      System.arraycopy(both, 0, x, 0, count);
      System.arraycopy(both, count, y, 0, count);
    }
  }

  /** Σ q over all pairs in both orders, of where points are. */
  double normalisation() {
    repel.run();
    try (Tensor sums = Tensor.zeros(Shape.of(count))) {
      device.download(repulsion.slice(2L * count, count), count, sums, 0);
      double z = 0;
      for (float sum : sums.toArray()) {
        z += sum;
      }
      return z;
    }
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    closing.clear();
  }
}
