package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.WindowLaunches;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Stages that are queued one after another. */
final class CudaKernel implements Kernel {
  private final CudaDevice device;
  private final String problem;
  private final List<Long> sizes;
  private final List<Stage> stages;
  private final int firstWindows;
  private final List<AutoCloseable> resources;
  private boolean closed;

  /**
   * A kernel.
   *
   * @param sizes how many elements each operand must have at least
   * @param firstWindows how many of the windows that are listed a launch can begin with: 1 where
   *     none are
   * @param resources what is closed with it
   */
  CudaKernel(
      CudaDevice device,
      String problem,
      List<Long> sizes,
      List<Stage> stages,
      int firstWindows,
      List<AutoCloseable> resources) {
    this.device = device;
    this.problem = problem;
    this.sizes = List.copyOf(sizes);
    this.stages = List.copyOf(stages);
    this.firstWindows = firstWindows;
    this.resources = List.copyOf(resources);
  }

  /** How many elements each operand must have at least. */
  List<Long> sizes() {
    return sizes;
  }

  @Override
  public Launch bind(Buffer... operands) {
    return bindWindows(operands).from(0);
  }

  @Override
  public WindowLaunches bindWindows(Buffer... operands) {
    checkOpen();
    if (operands.length != sizes.size()) {
      throw new IllegalArgumentException(
          "%s takes %d operands, not %d".formatted(problem, sizes.size(), operands.length));
    }
    List<CudaBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < operands.length; i++) {
      buffers.add(operand(i, operands[i]));
    }
    return first -> {
      Objects.checkIndex(first, firstWindows);
      long[] addresses = Place.addresses(buffers, first);
      List<Launch> launches = stages.stream().map(s -> s.bind(addresses)).toList();
      return new CudaLaunch(device, this, buffers, launches);
    };
  }

  private CudaBuffer operand(int index, Buffer operand) {
    if (!(operand instanceof CudaBuffer buffer) || buffer.device() != device) {
      throw new IllegalArgumentException(
          "operand %d of %s is not of this device: %s".formatted(index, problem, operand));
    }
    if (buffer.size() < sizes.get(index)) {
      throw new IllegalArgumentException(
          "operand %d of %s needs %d elements, the buffer has %d"
              .formatted(index, problem, sizes.get(index), buffer.size()));
    }
    return buffer;
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("kernel " + problem + " is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(this, resources);
    }
  }

  @Override
  public String toString() {
    return problem + " by " + stages.stream().map(Stage::implementation).toList();
  }
}
