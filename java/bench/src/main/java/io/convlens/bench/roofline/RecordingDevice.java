package io.convlens.bench.roofline;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Precision;
import io.convlens.device.Spec;
import io.convlens.device.WindowLaunches;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A device that keeps what it is to do and does nothing: its buffers have a size and no memory.
 * What is planned by a device's memory is planned as for a GPU.
 */
final class RecordingDevice implements Device {
  /** As the CUDA device: what one batch's values may take of a GPU's memory. */
  private static final long SHARE_OF_MEMORY = 8;

  private final List<Spec> ran = new ArrayList<>();
  private final DeviceInfo info;

  RecordingDevice(Gpu gpu) {
    this.info =
        new DeviceInfo(
            "recording", "nothing", "none", 0, gpu.memory() / SHARE_OF_MEMORY, Precision.FP32);
  }

  /** Each operation that was run, in order. */
  List<Spec> ran() {
    return List.copyOf(ran);
  }

  /** Begins anew, after what runs only once. */
  void forget() {
    ran.clear();
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Buffer allocate(long floats) {
    return new Extent(floats);
  }

  @Override
  public void upload(Tensor from, long index, long count, Buffer to) {}

  @Override
  public void download(Buffer from, long count, Tensor to, long index) {
    throw new IllegalStateException("nothing was computed");
  }

  @Override
  public Kernel prepare(Spec spec) {
    return new Recorder(spec);
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    throw new IllegalStateException("occlusion is no operation of a network");
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}

  private final class Recorder implements Kernel {
    private final Spec spec;

    Recorder(Spec spec) {
      this.spec = spec;
    }

    @Override
    public Launch bind(Buffer... operands) {
      return bindWindows(operands).from(0);
    }

    @Override
    public WindowLaunches bindWindows(Buffer... operands) {
      return _ -> () -> ran.add(spec);
    }

    @Override
    public void close() {}
  }

  private record Extent(long size) implements Buffer {
    @Override
    public Buffer slice(long offset, long length) {
      Objects.checkFromIndexSize(offset, length, size);
      return new Extent(length);
    }

    @Override
    public void close() {}
  }
}
