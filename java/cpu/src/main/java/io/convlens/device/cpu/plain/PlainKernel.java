package io.convlens.device.cpu.plain;

import java.lang.foreign.MemorySegment;

/** An operation in Java, fixed but for where its operands lie. */
@FunctionalInterface
public interface PlainKernel {
  /**
   * Runs it.
   *
   * @param operands float32 arrays in the order that the {@link io.convlens.device.Spec} names
   * @param parallel who shares the work; the bytes written don't depend on how it is shared
   */
  void run(MemorySegment[] operands, Parallel parallel);
}
