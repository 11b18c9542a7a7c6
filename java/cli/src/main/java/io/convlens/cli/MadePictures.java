package io.convlens.cli;

import io.convlens.image.FittedPreprocess;
import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.network.PictureInput;
import io.convlens.report.SynthesisFigures;
import io.convlens.synthesis.PixelRange;
import io.convlens.tensor.Shape;

/**
 * Inputs that are made for a network, and what they show.
 *
 * @param preprocess how pictures become inputs
 * @param shape of one input, as the network takes it
 * @param channelsLast whether that is {@code [1,H,W,C]}
 */
record MadePictures(FittedPreprocess preprocess, Shape shape, boolean channelsLast) {
  private static final double WHITE = 255;

  /** Of a sample. */
  private static final double ROUNDING = 0.5;

  /**
   * For inputs of a size.
   *
   * @throws UnusableInputException if the network takes no pictures of 1 or 3 channels
   */
  static MadePictures of(Network network, Preprocess recipe, Shape shape) {
    PictureInput input = network.pictureInput();
    boolean last = input.channelAxis() == 3;
    int channels = shape.intDim(input.channelAxis());
    if (channels != 1 && channels != 3) {
      throw new UnusableInputException(
          network.file(),
          "takes inputs %s: pictures are made of 1 or 3 channels".formatted(network.inputText()));
    }
    int height = shape.intDim(last ? 1 : 2);
    int width = shape.intDim(last ? 2 : 3);
    return new MadePictures(recipe.fit(channels, height, width), shape, last);
  }

  PixelRange range() {
    return PixelRange.of(preprocess);
  }

  /**
   * Refuses what is no picture after this preprocessing.
   *
   * @param source what it is called
   * @throws UnusableInputException if a value lies beyond black and white by more than rounding
   */
  void check(String source, float[] input) {
    PixelRange range = range();
    int channels = range.low().length;
    for (int i = 0; i < input.length; i++) {
      int c = channelsLast ? i % channels : i / (input.length / channels);
      double share = (input[i] - range.low()[c]) / ((double) range.high()[c] - range.low()[c]);
      double sample = WHITE * share;
      if (!(sample >= -ROUNDING && sample <= WHITE + ROUNDING)) {
        throw new UnusableInputException(
            source,
            "holds %s (element %d), a sample of %.0f where the preprocessing has 0..255"
                .formatted(input[i], i, sample));
      }
    }
  }

  Picture picture(String name, float[] input) {
    return new SynthesisFigures(preprocess).picture(name, shape, channelsLast, input);
  }
}
