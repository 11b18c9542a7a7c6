package io.convlens.evaluation;

import io.convlens.network.SizedNetwork;

/** Where maps come from. For one thread at a time; close it before its network. */
sealed interface Explainer extends AutoCloseable
    permits MethodExplainer, ArrayExplainer, RandomExplainer, EdgeExplainer {
  /** What it is called. */
  String name();

  /** Whether it is there only to be compared with. */
  default boolean isControl() {
    return false;
  }

  /** Whether it can explain other inputs than the pictures, and other networks. */
  default boolean canBeAskedAgain() {
    return true;
  }

  /** The same of another network of the same inputs; the caller closes it. */
  Explainer of(SizedNetwork other);

  /** What it says. */
  Explanation explain(Query query);

  @Override
  void close();
}
