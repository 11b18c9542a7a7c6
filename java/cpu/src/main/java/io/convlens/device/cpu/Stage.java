package io.convlens.device.cpu;

import io.convlens.device.Launch;

/** One step of a kernel. */
interface Stage {
  /** What runs, for messages and tests. */
  String implementation();

  /** Fixes the operands; what that makes lives as long as the kernel. */
  Launch bind(CpuBuffer[] operands);
}
