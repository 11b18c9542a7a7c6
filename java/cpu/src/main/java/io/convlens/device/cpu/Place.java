package io.convlens.device.cpu;

/** Where an array lies that a stage of a kernel reads or writes. */
sealed interface Place {
  /** In the operand of this index. */
  record Operand(int index) implements Place {}

  /** At a fixed address: packed weights, a bias. */
  record Constant(long address) implements Place {}

  /** In the device's scratch memory, from a byte on. */
  record InScratch(long offset) implements Place {}
}
