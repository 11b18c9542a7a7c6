package io.convlens.graph;

import java.util.List;

/** A layer that doesn't exist; the message names the closest ones. */
public final class UnknownLayerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnknownLayerException(String wish, List<String> closest) {
    super(
        "there is no layer '"
            + wish
            + "'"
            + (closest.isEmpty() ? "" : "; the closest are " + String.join(", ", closest)));
  }
}
