package io.convlens.cli;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import io.convlens.tensor.Tensor;
import java.util.List;

/**
 * The first of some inputs, for what is shown of a few only. Closing it closes nothing.
 *
 * @param all the inputs
 * @param count how many of them, at most as many as there are
 */
record FirstInputs(Inputs all, int count) implements Inputs {
  @Override
  public String name(int index) {
    return all.name(index);
  }

  @Override
  public String source(int index) {
    return all.source(index);
  }

  @Override
  public Tensor tensor(int index) {
    return all.tensor(index);
  }

  @Override
  public Picture shown(int index) {
    return all.shown(index);
  }

  @Override
  public List<Picture> originals(int index, List<PixelBox> boxes) {
    return all.originals(index, boxes);
  }

  @Override
  public PixelBox inInput(int index, PixelBox ofOriginal) {
    return all.inInput(index, ofOriginal);
  }

  @Override
  public void close() {
    // They belong to somebody else.
  }
}
