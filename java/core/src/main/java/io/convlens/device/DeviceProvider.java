package io.convlens.device;

import java.util.List;

/** Finds devices of one kind; implementations are found by {@link java.util.ServiceLoader}. */
public interface DeviceProvider {
  /** The kind, as people ask for it: {@code cpu}, {@code cuda}. */
  String kind();

  /** Looks what is here; cheap, and never throws: what is missing is said in the status. */
  List<DeviceStatus> probe();

  /**
   * Opens a device.
   *
   * @param id one of the ids that {@link #probe} returned
   * @param options threads and the like
   * @throws DeviceException if it can't be had, {@link DeviceException.Kind#UNAVAILABLE}
   */
  Device open(String id, DeviceOptions options);
}
