package io.convlens.device.cuda;

import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.device.DeviceStatus;
import java.util.ArrayList;
import java.util.List;

/** Provides the GPUs that NVIDIA's driver knows: {@code cuda:0}, {@code cuda:1}, …. */
public final class CudaProvider implements DeviceProvider {
  private static final String KIND = "cuda";

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public List<DeviceStatus> probe() {
    return switch (Gpus.find()) {
      case Gpus.Outcome.None(String reason) ->
          List.of(new DeviceStatus(KIND, false, reason, DriverLibrary.search().describe()));
      case Gpus.Outcome.Found(List<Gpu> gpus) -> gpus.stream().map(CudaProvider::status).toList();
    };
  }

  private static DeviceStatus status(Gpu gpu) {
    List<String> libraries = new ArrayList<>(DriverLibrary.search().describe());
    libraries.addAll(NvidiaLibraries.get().versions());
    return switch (KernelLibrary.outcome()) {
      case KernelLibrary.Outcome.Loaded _ ->
          new DeviceStatus(gpu.id(), true, gpu.description(), libraries);
      case KernelLibrary.Outcome.Missing(String reason) ->
          new DeviceStatus(gpu.id(), false, reason, libraries);
    };
  }

  @Override
  public Device open(String id, DeviceOptions options) {
    return switch (Gpus.find()) {
      case Gpus.Outcome.None(String reason) ->
          throw new DeviceException(DeviceException.Kind.UNAVAILABLE, reason);
      case Gpus.Outcome.Found(List<Gpu> gpus) ->
          new CudaDevice(
              gpus.stream()
                  .filter(g -> g.id().equals(id))
                  .findFirst()
                  .orElseThrow(
                      () ->
                          new DeviceException(
                              DeviceException.Kind.UNAVAILABLE,
                              "there is no %s, only %s"
                                  .formatted(id, gpus.stream().map(Gpu::id).toList()))),
              KernelLibrary.get(),
              options);
    };
  }
}
