package io.convlens.occlusion;

import java.util.Locale;

/**
 * What happens to windows that don't fit at the end of a side of length D, with window w, stride s.
 */
public enum Edge {
  /** ceil((D−w)/s)+1 positions at 0, s, 2s, …; the last window is cut off. */
  CLIP,
  /** floor((D−w)/s)+1 positions: only whole windows. */
  DROP,
  /** As many as CLIP; the last window is moved back to end at the edge. */
  SHIFT;

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
