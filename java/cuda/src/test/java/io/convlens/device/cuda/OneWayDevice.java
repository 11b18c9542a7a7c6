package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceInfo;
import io.convlens.device.Kernel;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;

/** A device that computes in one way whatever can be, and counts how often that was. */
final class OneWayDevice implements Device {
  private final CudaDevice device;
  private final String way;
  private int count;

  OneWayDevice(CudaDevice device, String way) {
    this.device = device;
    this.way = way;
  }

  int count() {
    return count;
  }

  @Override
  public Kernel prepare(Spec spec) {
    try {
      Kernel kernel = device.prepare(spec, way);
      count++;
      return kernel;
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.UNSUPPORTED) {
        throw e;
      }
    }
    return device.prepare(spec);
  }

  @Override
  public DeviceInfo info() {
    return device.info();
  }

  @Override
  public Buffer allocate(long floats) {
    return device.allocate(floats);
  }

  @Override
  public void upload(Tensor from, long index, long count, Buffer to) {
    device.upload(from, index, count, to);
  }

  @Override
  public void download(Buffer from, long count, Tensor to, long index) {
    device.download(from, count, to, index);
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    return device.prepare(spec);
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public void close() {
    device.close();
  }
}
