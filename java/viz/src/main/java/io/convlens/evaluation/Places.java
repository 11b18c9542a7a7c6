package io.convlens.evaluation;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;

/**
 * Where the numbers of an input are: places in row-major order, each with its channels.
 *
 * @param height rows
 * @param width columns
 * @param channels of each place
 * @param channelsLast whether a place's channels lie together
 */
record Places(int height, int width, int channels, boolean channelsLast) {
  /**
   * Those of a network's input.
   *
   * @throws UnusableOptionException if it takes no pictures
   */
  static Places of(SizedNetwork network) {
    Shape s = network.graph().input().shape();
    if (s.rank() != 4) {
      throw new UnusableOptionException("maps of pictures need a network that takes pictures");
    }
    boolean last = network.network().pictureInput().channelAxis() == 3;
    return last
        ? new Places(s.intDim(1), s.intDim(2), s.intDim(3), true)
        : new Places(s.intDim(2), s.intDim(3), s.intDim(1), false);
  }

  /** The number of places. */
  int count() {
    return height * width;
  }

  /** Where a number is in the input's array. */
  int index(int place, int channel) {
    return channelsLast ? place * channels + channel : channel * count() + place;
  }

  /** Copies all channels of a place from one input to another. */
  void copy(int place, float[] from, float[] to) {
    for (int c = 0; c < channels; c++) {
      int at = index(place, c);
      to[at] = from[at];
    }
  }
}
