package io.convlens.device.cpu.plain;

/** Walks nested loops one step at a time, and keeps the offsets that the loops' strides give. */
final class Odometer {
  private final long[] dims;
  private final long[][] strides;
  private final long[] index;
  private final long[] offsets;

  /**
   * At a step of the loops.
   *
   * @param dims extents, outermost first
   * @param strides one row an array, as long as {@code dims}
   * @param step the number of the step to start at
   */
  Odometer(long[] dims, long[][] strides, long step) {
    this.dims = dims;
    this.strides = strides;
    this.index = new long[dims.length];
    this.offsets = new long[strides.length];
    long rest = step;
    for (int d = dims.length - 1; d >= 0; d--) {
      index[d] = rest % dims[d];
      rest /= dims[d];
      for (int a = 0; a < strides.length; a++) {
        offsets[a] += index[d] * strides[a][d];
      }
    }
  }

  /** The number of steps. */
  static long steps(long[] dims) {
    long steps = 1;
    for (long d : dims) {
      steps *= d;
    }
    return steps;
  }

  long offset(int array) {
    return offsets[array];
  }

  long index(int dim) {
    return index[dim];
  }

  void next() {
    for (int d = dims.length - 1; d >= 0; d--) {
      index[d]++;
      if (index[d] < dims[d]) {
        for (int a = 0; a < strides.length; a++) {
          offsets[a] += strides[a][d];
        }
        return;
      }
      index[d] = 0;
      for (int a = 0; a < strides.length; a++) {
        offsets[a] -= (dims[d] - 1) * strides[a][d];
      }
    }
  }
}
