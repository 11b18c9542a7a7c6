package io.convlens.device;

/** Makes occluded batches on the device from one resident picture: see {@link OcclusionSpec}. */
public interface Occluder extends AutoCloseable {
  /**
   * Makes a picture (one, {@code [h][w][c]}) the one to occlude, and a batch the place to write.
   */
  void start(Buffer picture, Buffer batch);

  /**
   * Fills the batch's first {@code count} pictures with positions {@code first}, {@code first+1},
   * …. What stands in the rest is not defined. Nothing else may have written to the batch since
   * {@link #start}.
   */
  void occlude(int first, int count);

  @Override
  void close();
}
