package io.convlens.device.cpu;

import io.convlens.device.Buffer;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.WindowLaunches;
import java.util.List;

/** Stages that run one after another. */
final class CpuKernel implements Kernel {
  private final CpuDevice device;
  private final String problem;
  private final List<Long> sizes;
  private final List<Stage> stages;
  private final Resources resources;
  private boolean closed;

  /**
   * A kernel.
   *
   * @param sizes how many elements each operand must have at least
   * @param resources what is closed with it
   */
  CpuKernel(
      CpuDevice device, String problem, List<Long> sizes, List<Stage> stages, Resources resources) {
    this.device = device;
    this.problem = problem;
    this.sizes = List.copyOf(sizes);
    this.stages = List.copyOf(stages);
    this.resources = resources;
  }

  @Override
  public Launch bind(Buffer... operands) {
    CpuBuffer[] buffers = operands(operands);
    var launches = new Launch[stages.size()];
    for (int i = 0; i < launches.length; i++) {
      launches[i] = stages.get(i).bind(buffers);
    }
    return () -> run(buffers, launches);
  }

  @Override
  public WindowLaunches bindWindows(Buffer... operands) {
    CpuBuffer[] buffers = operands(operands);
    var windows = new WindowLaunches[stages.size()];
    for (int i = 0; i < windows.length; i++) {
      windows[i] = stages.get(i).bindWindows(buffers);
    }
    return first -> {
      var launches = new Launch[windows.length];
      for (int i = 0; i < launches.length; i++) {
        launches[i] = windows[i].from(first);
      }
      return () -> run(buffers, launches);
    };
  }

  private CpuBuffer[] operands(Buffer... operands) {
    checkOpen();
    if (operands.length != sizes.size()) {
      throw new IllegalArgumentException(
          "%s takes %d operands, not %d".formatted(problem, sizes.size(), operands.length));
    }
    var buffers = new CpuBuffer[operands.length];
    for (int i = 0; i < operands.length; i++) {
      buffers[i] = operand(i, operands[i]);
    }
    return buffers;
  }

  private CpuBuffer operand(int index, Buffer operand) {
    if (!(operand instanceof CpuBuffer buffer) || buffer.device() != device.whole()) {
      throw new IllegalArgumentException(
          "operand %d of %s is not of this device: %s".formatted(index, problem, operand));
    }
    buffer.checkOpen();
    if (buffer.size() < sizes.get(index)) {
      throw new IllegalArgumentException(
          "operand %d of %s needs %d elements, the buffer has %d"
              .formatted(index, problem, sizes.get(index), buffer.size()));
    }
    return buffer;
  }

  private void run(CpuBuffer[] buffers, Launch[] launches) {
    checkOpen();
    for (CpuBuffer b : buffers) {
      b.checkOpen();
    }
    device.enter();
    for (Launch l : launches) {
      l.run();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("kernel " + problem + " is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.forget(this);
      resources.close();
    }
  }

  /** What runs, stage by stage. */
  List<String> implementations() {
    return stages.stream().map(Stage::implementation).toList();
  }

  @Override
  public String toString() {
    return problem + " by " + implementations();
  }
}
