package io.convlens.occlusion;

import java.util.Locale;

/** How a sweep is computed. */
public enum Mode {
  /** The least work that gives the same map to float32 rounding. */
  EXACT,
  /** The whole network for every position: the reference. */
  FULL,
  /** An approximation whose error is measured. */
  FAST;

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
