package io.convlens.device.cuda;

/**
 * A GPU of this machine.
 *
 * @param ordinal its number, from 0
 * @param handle the driver's handle of it
 * @param name as its maker calls it; an emulator says that it is one
 * @param memory bytes of its memory
 * @param major its compute capability, before the point
 * @param minor and after
 * @param driverVersion the newest CUDA that the driver runs: 1000·major + 10·minor
 */
record Gpu(
    int ordinal, int handle, String name, long memory, int major, int minor, int driverVersion) {
  private static final double GIB = 1 << 30;

  /** As people ask for it. */
  String id() {
    return "cuda:" + ordinal;
  }

  String driver() {
    return "%d.%d".formatted(driverVersion / 1000, driverVersion % 1000 / 10);
  }

  String description() {
    return "%s, %.1f GiB, compute capability %d.%d, driver for CUDA %s"
        .formatted(name, memory / GIB, major, minor, driver());
  }
}
