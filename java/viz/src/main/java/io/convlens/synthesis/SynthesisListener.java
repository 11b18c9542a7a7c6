package io.convlens.synthesis;

/** Follows the making of pictures, and may stop it. Called on the maker's thread, after a step. */
@FunctionalInterface
public interface SynthesisListener {
  /** Hears nothing, stops nothing. */
  SynthesisListener NONE = (_, _) -> true;

  /**
   * A step is done.
   *
   * @param done steps that are done, over all pictures
   * @param total steps of all pictures
   * @return whether to go on; where false, the work ends with a {@link
   *     java.util.concurrent.CancellationException}
   */
  boolean progress(long done, long total);
}
