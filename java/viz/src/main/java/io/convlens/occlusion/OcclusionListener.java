package io.convlens.occlusion;

/** Follows a sweep, and may stop it. Called on the sweep's thread, after each batch. */
@FunctionalInterface
public interface OcclusionListener {
  /** Hears nothing, stops nothing. */
  OcclusionListener NONE = (_, _) -> true;

  /**
   * A batch is done.
   *
   * @param done positions of this picture that are done
   * @param total positions of this picture
   * @return whether to go on; where false, the sweep ends with a {@link
   *     java.util.concurrent.CancellationException}
   */
  boolean progress(int done, int total);
}
