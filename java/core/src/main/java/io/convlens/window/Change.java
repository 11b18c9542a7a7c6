package io.convlens.window;

/** How far a change of some rows (or columns) of the input goes in one value. */
public sealed interface Change {
  /** Nowhere. */
  record Nothing() implements Change {}

  /** To some indices of one axis, and any of the others. */
  record Part(int axis, Interval where) implements Change {}

  /** Everywhere, as far as can be told. */
  record Everything() implements Change {}

  /** Whether an element can change. */
  default boolean reaches(int[] index) {
    return switch (this) {
      case Nothing() -> false;
      case Part(int axis, Interval where) -> where.contains(index[axis]);
      case Everything() -> true;
    };
  }
}
