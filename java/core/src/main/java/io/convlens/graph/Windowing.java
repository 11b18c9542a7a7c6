package io.convlens.graph;

import java.util.List;

/**
 * How a kernel slides over the spatial axes of a map, everything resolved to numbers (no auto_pad,
 * no ceil_mode). Lists hold one entry a spatial axis, outermost first.
 *
 * <p>Along an axis of length L, output o reads inputs {@code o*stride - padBegin + k*dilation} for
 * k in 0..kernel-1; those outside 0..L-1 are padding. {@code padEnd} may be larger than the file's
 * where ceil_mode makes a window hang over, and negative where the last inputs are never read.
 *
 * @param kernel the kernel's extents
 * @param strides the steps between windows
 * @param dilations the steps between taps
 * @param padBegin padding before the first element
 * @param padEnd padding after the last element, so that the output's extent is exactly {@code (L +
 *     padBegin + padEnd - dilation*(kernel-1) - 1) / stride + 1}
 */
public record Windowing(
    List<Integer> kernel,
    List<Integer> strides,
    List<Integer> dilations,
    List<Integer> padBegin,
    List<Integer> padEnd) {

  /** Copies the lists and checks that they are of one length. */
  public Windowing {
    kernel = List.copyOf(kernel);
    strides = List.copyOf(strides);
    dilations = List.copyOf(dilations);
    padBegin = List.copyOf(padBegin);
    padEnd = List.copyOf(padEnd);
    int rank = kernel.size();
    if (strides.size() != rank
        || dilations.size() != rank
        || padBegin.size() != rank
        || padEnd.size() != rank) {
      throw new IllegalArgumentException("lists of different lengths");
    }
  }

  /** The number of spatial axes. */
  public int rank() {
    return kernel.size();
  }
}
