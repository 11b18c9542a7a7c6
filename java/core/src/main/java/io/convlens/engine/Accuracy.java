package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.device.Precision;

/**
 * How true a sweep by differences is.
 *
 * @param share the most of a map's side that a change is followed in; 1 for all of it
 * @param rounded whether the windows' convolutions may multiply in the device's {@linkplain
 *     io.convlens.device.Device#lower lower} precision: it is differences that are rounded, so that
 *     the error is a share of what a patch changes, not of what is there
 */
public record Accuracy(double share, boolean rounded) {
  /** The whole network's scores, but for the order of sums. */
  public static final Accuracy EXACT = new Accuracy(1, false);

  /** Checks the share. */
  public Accuracy {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share " + share);
    }
  }

  /** What the windows' convolutions multiply in on a device. */
  public Precision precision(Device device) {
    Precision own = device.info().precision();
    return rounded ? device.lower().orElse(own) : own;
  }
}
