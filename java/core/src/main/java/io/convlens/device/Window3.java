package io.convlens.device;

/**
 * A sliding window over planes, rows and columns; axes that a map lacks have kernel 1, stride 1,
 * dilation 1 and no padding. Arrays are in the order (d, h, w) and are not to be changed.
 *
 * <p>Output o reads inputs {@code o*stride - padBegin + k*dilation}, k in 0..kernel-1.
 *
 * @param kernel taps
 * @param stride steps between windows
 * @param dilation steps between taps, at least 1
 * @param padBegin padding before the first element
 * @param padEnd padding after the last; may be negative where the last elements are never read
 */
public record Window3(Axes kernel, Axes stride, Axes dilation, Axes padBegin, Axes padEnd) {

  /** One number an axis. */
  public record Axes(int d, int h, int w) {
    /** The number for axis 0 (d), 1 (h) or 2 (w). */
    public int get(int axis) {
      return switch (axis) {
        case 0 -> d;
        case 1 -> h;
        case 2 -> w;
        default -> throw new IndexOutOfBoundsException(axis);
      };
    }
  }
}
