package io.convlens.device;

/**
 * Keeps scores where they are computed while a sweep runs, so that they come back all at once: the
 * counterpart of {@link Occluder}. See {@link ScoreSpec}.
 */
public interface ScoreKeeper extends AutoCloseable {
  /**
   * What a sweep came to.
   *
   * @param target the element that counts
   * @param finite whether every element of every row was a finite number, kept or not
   * @param scores {@code [rows][columns]}, in the order in which they were kept
   */
  @SuppressWarnings("ArrayRecordComponent") // Made once, for who asked for it.
  record Kept(int target, boolean finite, float[] scores) {}

  /** Forgets all: the next row is the first of another sweep. */
  void start();

  /**
   * Queues the keeping of a buffer's first rows, after those that are kept already. It may wait
   * until the device has done what was queued a while ago, so that callers don't run far ahead.
   *
   * @param rows {@code [count][classes]} or more
   */
  void keep(Buffer rows, int count);

  /** Waits until all is there, and brings it back. */
  Kept read();

  @Override
  void close();
}
