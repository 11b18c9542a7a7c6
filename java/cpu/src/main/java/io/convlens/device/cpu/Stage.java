package io.convlens.device.cpu;

import io.convlens.device.Launch;
import io.convlens.device.WindowLaunches;
import java.util.Objects;

/** One step of a kernel. */
interface Stage {
  /** What runs, for messages and tests. */
  String implementation();

  /** Fixes the operands; what that makes lives as long as the kernel. */
  Launch bind(CpuBuffer[] operands);

  /** Fixes the operands, but not which of the listed windows they are. */
  default WindowLaunches bindWindows(CpuBuffer[] operands) {
    Launch only = bind(operands);
    return first -> {
      Objects.checkIndex(first, 1);
      return only;
    };
  }
}
