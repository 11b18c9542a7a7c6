package io.convlens.device;

import java.util.OptionalInt;

/**
 * Which numbers of a sweep's rows are kept. Of each row either one element is kept, the same of all
 * rows, or all of them.
 *
 * @param rows the most rows of a sweep
 * @param classes elements a row
 * @param softmax whether it is the row's softmax that counts
 * @param target the element that is kept; the strongest of the sweep's first row where it is empty
 * @param all whether all elements are kept
 */
public record ScoreSpec(int rows, int classes, boolean softmax, OptionalInt target, boolean all) {
  /** Checks the numbers. */
  public ScoreSpec {
    boolean known = target.isEmpty() || (target.getAsInt() >= 0 && target.getAsInt() < classes);
    if (rows < 1 || classes < 1 || !known) {
      throw new IllegalArgumentException(rows + " rows of " + classes + ", target " + target);
    }
  }

  /** Elements that are kept of a row. */
  public int columns() {
    return all ? classes : 1;
  }
}
