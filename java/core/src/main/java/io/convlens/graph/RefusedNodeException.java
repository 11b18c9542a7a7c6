package io.convlens.graph;

/**
 * A node that can't be read, with the reason; {@link Model} adds the file's and the node's name.
 */
final class RefusedNodeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RefusedNodeException(String reason) {
    super(reason, null, false, false);
  }
}
