package io.convlens.device.cpu;

import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.device.DeviceStatus;
import io.convlens.device.Precision;
import java.util.List;

/** Provides the one CPU device, {@code cpu}. */
public final class CpuProvider implements DeviceProvider {
  private static final String ID = "cpu";

  @Override
  public String kind() {
    return ID;
  }

  @Override
  public List<DeviceStatus> probe() {
    return List.of(
        switch (DnnlLibrary.outcome()) {
          case DnnlLibrary.Outcome.Loaded _ ->
              new DeviceStatus(
                  ID, true, "%s, oneDNN %s".formatted(Processor.name(), Dnnl.version()));
          case DnnlLibrary.Outcome.Missing(String reason) -> new DeviceStatus(ID, false, reason);
        });
  }

  @Override
  public Device open(String id, DeviceOptions options) {
    if (!id.equals(ID)) {
      throw new DeviceException(
          DeviceException.Kind.UNAVAILABLE, "there is no CPU device " + id + ", only " + ID);
    }
    if (DnnlLibrary.outcome() instanceof DnnlLibrary.Outcome.Missing(String reason)) {
      throw new DeviceException(DeviceException.Kind.UNAVAILABLE, reason);
    }
    if (options.precision() != Precision.FP32) {
      throw new DeviceException(
          DeviceException.Kind.UNAVAILABLE,
          "the CPU computes in fp32, not in " + options.precision());
    }
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    return new CpuDevice(threads);
  }
}
