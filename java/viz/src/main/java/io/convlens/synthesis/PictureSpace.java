package io.convlens.synthesis;

import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.tensor.Shape;

/**
 * Pictures as they are worked on, and as the network takes them. Worked on: planes of each channel,
 * row-major, from 0 (the darkest) to 1.
 *
 * @param channels of a picture
 * @param height rows
 * @param width columns
 * @param channelsLast whether the network takes {@code [N,H,W,C]}
 * @param range what 0 and 1 are to the network
 */
record PictureSpace(int channels, int height, int width, boolean channelsLast, PixelRange range) {
  /**
   * The space of a network's inputs of one size.
   *
   * @throws UnusableInputException if the network takes no pictures, or not of so many channels
   */
  static PictureSpace of(Network network, Shape input, PixelRange range) {
    boolean last = network.pictureInput().channelAxis() == 3;
    int channels = input.intDim(last ? 3 : 1);
    if (channels != range.low().length) {
      throw new UnusableInputException(
          network.file(), "takes %d channels, not %d".formatted(channels, range.low().length));
    }
    return new PictureSpace(
        channels, input.intDim(last ? 1 : 2), input.intDim(last ? 2 : 3), last, range);
  }

  /** Pixels of a channel. */
  int plane() {
    return height * width;
  }

  /** Numbers of a picture. */
  int size() {
    return channels * plane();
  }

  /** A picture as the network takes it. */
  float[] input(float[] picture) {
    float[] input = new float[picture.length];
    for (int c = 0; c < channels; c++) {
      float low = range.low()[c];
      float way = range.high()[c] - low;
      for (int i = 0; i < plane(); i++) {
        input[place(c, i)] = low + way * picture[c * plane() + i];
      }
    }
    return input;
  }

  /** The picture that an input is; not clipped. */
  float[] picture(float[] input) {
    float[] picture = new float[input.length];
    for (int c = 0; c < channels; c++) {
      float low = range.low()[c];
      float way = range.high()[c] - low;
      for (int i = 0; i < plane(); i++) {
        picture[c * plane() + i] = (input[place(c, i)] - low) / way;
      }
    }
    return picture;
  }

  /**
   * The gradient with respect to a picture, from that with respect to an input.
   *
   * @param from where the input's gradient starts
   */
  float[] gradient(float[] inputs, int from) {
    float[] gradient = new float[size()];
    for (int c = 0; c < channels; c++) {
      float way = range.high()[c] - range.low()[c];
      for (int i = 0; i < plane(); i++) {
        gradient[c * plane() + i] = way * inputs[from + place(c, i)];
      }
    }
    return gradient;
  }

  private int place(int channel, int pixel) {
    return channelsLast ? pixel * channels + channel : channel * plane() + pixel;
  }
}
