package io.convlens.device.cuda;

import java.util.function.Consumer;

/**
 * A way to compute an operation.
 *
 * @param name what computes it and how; the same for every operation that is computed so
 * @param planner plans the operation's kernel
 */
record Candidate(String name, Consumer<KernelPlan> planner) {
  private static final String OWN = "convlens";

  /** By our own kernels. */
  static Candidate own(Consumer<KernelPlan> planner) {
    return new Candidate(OWN, planner);
  }

  boolean isOwn() {
    return name.equals(OWN);
  }
}
