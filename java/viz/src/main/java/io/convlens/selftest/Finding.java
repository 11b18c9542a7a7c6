package io.convlens.selftest;

/**
 * How well a device computed one operation in one way.
 *
 * @param operation the kind of operation: {@code conv}
 * @param way what computed it and how, as the device names it
 * @param source where the operation is from: a network's name, or {@code general}
 * @param problem the operation and its shapes
 * @param error the largest difference from the reference, as a share of the reference's largest
 *     magnitude; infinite where one is finite and the other is not
 * @param tolerance what it may be
 */
public record Finding(
    String operation, String way, String source, String problem, double error, double tolerance) {
  /** Whether the error is small enough. */
  public boolean passes() {
    return error <= tolerance;
  }
}
