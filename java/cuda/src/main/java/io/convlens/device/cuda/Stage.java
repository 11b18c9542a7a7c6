package io.convlens.device.cuda;

import io.convlens.device.Launch;

/** A step of a kernel: one call that queues work. */
interface Stage {
  /** Fixes the addresses. */
  Launch bind(long[] operands);

  /** What computes it, for people. */
  String implementation();
}
