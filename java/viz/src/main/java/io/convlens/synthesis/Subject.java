package io.convlens.synthesis;

import io.convlens.network.ScoreKind;

/** What a picture is to excite. */
public sealed interface Subject {
  /**
   * A channel everywhere: the mean of its map. In a flat layer, a unit.
   *
   * @param layer its layer, as in {@link io.convlens.graph.Graph#layer}
   * @param channel from 0
   */
  record Channel(String layer, int channel) implements Subject {}

  /**
   * One unit of a map.
   *
   * @param layer its layer
   * @param channel from 0
   * @param y its row
   * @param x its column
   */
  record Unit(String layer, int channel, int y, int x) implements Subject {}

  /**
   * The unit in the middle of a channel's map, the lower right one of several.
   *
   * @param layer its layer
   * @param channel from 0
   */
  record Middle(String layer, int channel) implements Subject {}

  /**
   * A class.
   *
   * @param index from 0
   * @param score which number of it
   */
  record Category(int index, ScoreKind score) implements Subject {}
}
