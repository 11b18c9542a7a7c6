package io.convlens.device.cpu.plain;

import java.lang.foreign.MemorySegment;

/** An operation on some of the windows that its specification lists. */
public interface PlainWindows extends PlainKernel {
  /** How many windows are listed. */
  int listed();

  /** How many of them a run takes. */
  int atOnce();

  /**
   * Runs it.
   *
   * @param operands as in {@link PlainKernel#run}
   * @param first the first window of the list that it takes
   */
  void run(MemorySegment[] operands, int first, Parallel parallel);

  @Override
  default void run(MemorySegment[] operands, Parallel parallel) {
    run(operands, 0, parallel);
  }
}
