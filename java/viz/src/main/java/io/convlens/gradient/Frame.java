package io.convlens.gradient;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import java.util.Arrays;

/**
 * How inputs lie.
 *
 * @param one the shape of one input, its batch of 1 included
 * @param channelsLast whether it is a picture whose channels are last
 */
record Frame(Shape one, boolean channelsLast) {
  static Frame of(SizedNetwork network) {
    Shape shape = network.graph().input().shape();
    boolean last = shape.rank() == 4 && network.network().pictureInput().channelAxis() == 3;
    return new Frame(shape.rank() == 0 ? shape : shape.with(0, 1), last);
  }

  int size() {
    return Math.toIntExact(one.size());
  }

  int height() {
    return one.intDim(channelsLast ? 1 : 2);
  }

  int width() {
    return one.intDim(channelsLast ? 2 : 3);
  }

  int channels() {
    return one.intDim(channelsLast ? 3 : 1);
  }

  /** The place, row by row, of an element of an input. */
  int place(int element) {
    return channelsLast ? element / channels() : element % (height() * width());
  }

  /** Channels first, whatever the network takes. */
  float[] planes(float[] values) {
    if (!channelsLast) {
      return values;
    }
    int places = values.length / channels();
    float[] planes = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      planes[i % channels() * places + i / channels()] = values[i];
    }
    return planes;
  }

  /** The shape of what is shared out among an input's elements, channels first. */
  Shape shares() {
    Shape own = withoutBatch(one);
    return channelsLast ? own.permute(2, 0, 1) : own;
  }

  static Shape withoutBatch(Shape shape) {
    long[] dims = shape.dims();
    return Shape.of(dims.length == 0 ? dims : Arrays.copyOfRange(dims, 1, dims.length));
  }

  /** A blurred copy of an input. */
  float[] blurred(float[] x, GaussianBlur blur) {
    if (one.rank() != 4) {
      throw new UnusableOptionException("a blurred baseline needs a network that takes pictures");
    }
    float[] copy = x.clone();
    for (int c = 0; c < channels(); c++) {
      int first = channelsLast ? c : c * height() * width();
      blur.blur(copy, first, channelsLast ? channels() : 1, height(), width());
    }
    return copy;
  }
}
