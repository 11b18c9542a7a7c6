package io.convlens.graph;

/** A node that mixes pictures: the graph can't be run with another batch than the file's. */
final class MixedBatchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MixedBatchException() {
    super(null, null, false, false);
  }
}
