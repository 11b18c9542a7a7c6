package io.convlens.device.cuda;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** A device's address or a driver's handle, as NVIDIA's bindings take it. It owns nothing. */
final class DevicePointer extends Pointer {
  DevicePointer(long address) {
    super((Pointer) null);
    this.address = address;
  }

  /** An address of floats. */
  static FloatPointer floats(long address) {
    return new FloatPointer(new DevicePointer(address));
  }
}
