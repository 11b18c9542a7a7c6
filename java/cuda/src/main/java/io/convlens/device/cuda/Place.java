package io.convlens.device.cuda;

import java.util.List;
import java.util.stream.LongStream;

/** Where an array lies that a kernel reads or writes, once its operands are known. */
@FunctionalInterface
interface Place {
  /** No array. */
  Place NONE = at(0);

  /** The address, given what {@link #addresses} makes of the operands. */
  long in(long[] operands);

  /** What lies so many bytes after it. */
  default Place plus(long bytes) {
    return operands -> in(operands) + bytes;
  }

  /** The first window's entry in a list of so many bytes a window that begins here. */
  default Place entry(long bytes) {
    return operands -> in(operands) + operands[operands.length - 1] * bytes;
  }

  /** The operands' addresses, and after them the first window's entry in the lists of windows. */
  static long[] addresses(List<CudaBuffer> operands, int first) {
    return LongStream.concat(operands.stream().mapToLong(CudaBuffer::address), LongStream.of(first))
        .toArray();
  }

  /** The operand of an index. */
  static Place operand(int index) {
    return operands -> operands[index];
  }

  /** A fixed address. */
  static Place at(long address) {
    return _ -> address;
  }
}
