package io.convlens.device.cuda;

/** Where an array lies that a kernel reads or writes, once its operands are known. */
@FunctionalInterface
interface Place {
  /** No array. */
  Place NONE = at(0);

  /** The address, given the operands' addresses. */
  long in(long[] operands);

  /** What lies so many bytes after it. */
  default Place plus(long bytes) {
    return operands -> in(operands) + bytes;
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
