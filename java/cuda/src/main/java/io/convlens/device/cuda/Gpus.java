package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** The GPUs of this machine, as far as the driver can be asked. */
final class Gpus {
  /** The first driver that runs what is built for CUDA 13. */
  private static final int OLDEST_DRIVER = 13000;

  private static final int NAME_BYTES = 256;

  /** What asking came to. */
  sealed interface Outcome {
    /** At least one GPU. */
    record Found(List<Gpu> gpus) implements Outcome {}

    /** Why there is none, in words. */
    record None(String reason) implements Outcome {}
  }

  private Gpus() {}

  /** Asks the driver, if there is one. Nothing of the GPUs is used by asking. */
  static Outcome find() {
    if (DriverLibrary.outcome() instanceof DriverLibrary.Outcome.Missing(String reason)) {
      return new Outcome.None(reason);
    }
    try {
      check("cuInit", Driver.init());
      int version = number("cuDriverGetVersion", Driver::driverVersion);
      if (version < OLDEST_DRIVER) {
        return new Outcome.None(
            "the driver runs CUDA up to %d.%d, 13.0 is needed: %s"
                .formatted(version / 1000, version % 1000 / 10, Library.DRIVER.remedy()));
      }
      int count = number("cuDeviceGetCount", Driver::deviceCount);
      List<Gpu> gpus = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        gpus.add(gpu(i, version));
      }
      return gpus.isEmpty()
          ? new Outcome.None("there is a driver for CUDA, but no GPU")
          : new Outcome.Found(gpus);
    } catch (DeviceException e) {
      return new Outcome.None(e.getMessage());
    }
  }

  private static Gpu gpu(int ordinal, int driver) {
    int handle = number("cuDeviceGet", out -> Driver.deviceGet(out, ordinal));
    return new Gpu(
        ordinal,
        handle,
        name(handle),
        memory(handle),
        attribute(Driver.ATTRIBUTE_MAJOR, handle),
        attribute(Driver.ATTRIBUTE_MINOR, handle),
        driver);
  }

  private static int attribute(int attribute, int handle) {
    return number("cuDeviceGetAttribute", out -> Driver.deviceAttribute(out, attribute, handle));
  }

  private static String name(int handle) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(NAME_BYTES);
      check("cuDeviceGetName", Driver.deviceName(out, NAME_BYTES, handle));
      return out.getString(0);
    }
  }

  private static long memory(int handle) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      check("cuDeviceTotalMem", Driver.deviceMemory(out, handle));
      return out.get(JAVA_LONG, 0);
    }
  }

  private static int number(String call, ToIntFunction<MemorySegment> function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_INT);
      check(call, function.applyAsInt(out));
      return out.get(JAVA_INT, 0);
    }
  }

  private static void check(String call, int code) {
    if (code == Driver.NO_DEVICE) {
      throw new DeviceException(
          DeviceException.Kind.UNAVAILABLE,
          "%s: there is a driver for CUDA, but no GPU (%d)".formatted(call, code));
    }
    if (code != Driver.SUCCESS) {
      throw new DeviceException(
          DeviceException.Kind.UNAVAILABLE,
          "%s: %s (%d)".formatted(call, DriverErrors.text(code), code));
    }
  }
}
