package io.convlens.activation;

import io.convlens.engine.Statistic;

/** What is read of a layer while pictures pass. */
public sealed interface Reading {
  /** The layer. */
  TappedLayer layer();

  /** All its values: {@code [C,H,W]} or {@code [K]} a picture. */
  record Values(TappedLayer layer) implements Reading {}

  /**
   * Numbers about each of its maps that the device works out: {@code [numbers, channels]} a
   * picture, in the statistic's order.
   */
  record Numbers(TappedLayer layer, Statistic statistic) implements Reading {}

  /** Numbers a picture. */
  default long size() {
    return switch (this) {
      case Values(TappedLayer layer) -> layer.shape().size();
      case Numbers(_, Statistic statistic) ->
          statistic.output().shape().size() / statistic.output().shape().dim(0);
    };
  }
}
