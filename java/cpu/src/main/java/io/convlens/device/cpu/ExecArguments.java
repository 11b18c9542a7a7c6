package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The arguments of a primitive's execution, as oneDNN reads them. */
final class ExecArguments implements AutoCloseable {
  private static final long MEMORY_OFFSET = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment array;
  private final long address;
  private final int count;

  ExecArguments(int count) {
    this.count = count;
    this.array = arena.allocate(count * Dnnl.EXEC_ARG_BYTES, Long.BYTES);
    this.address = array.address();
  }

  /** Sets argument number {@code index}: which of the primitive's arguments, and its memory. */
  void set(int index, int argument, long memory) {
    long at = index * Dnnl.EXEC_ARG_BYTES;
    array.set(JAVA_INT, at, argument);
    array.set(JAVA_LONG, at + MEMORY_OFFSET, memory);
  }

  /** Runs the primitive and returns the status. */
  int execute(long primitive, long stream) {
    return Dnnl.execute(primitive, stream, count, address);
  }

  @Override
  public void close() {
    arena.close();
  }
}
