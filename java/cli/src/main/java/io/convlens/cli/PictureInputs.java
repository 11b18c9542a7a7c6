package io.convlens.cli;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import io.convlens.image.Prepared;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Picture files. Decoded when they are asked for, again if need be.
 *
 * @param network what looks at them
 * @param preprocess how they become numbers
 * @param files in order
 */
record PictureInputs(Network network, Preprocess preprocess, List<Path> files) implements Inputs {
  PictureInputs {
    files = List.copyOf(files);
  }

  @Override
  public int count() {
    return files.size();
  }

  @Override
  public String name(int index) {
    return String.valueOf(files.get(index).getFileName());
  }

  @Override
  public String source(int index) {
    return files.get(index).toString();
  }

  @Override
  public Tensor tensor(int index) {
    return prepare(index).input();
  }

  @Override
  public Picture shown(int index) {
    try (Prepared prepared = prepare(index)) {
      return prepared.shown();
    }
  }

  @Override
  public List<Picture> originals(int index, List<PixelBox> boxes) {
    Picture original = Picture.read(files.get(index));
    var fitted = network.fit(preprocess);
    return boxes.stream()
        .map(b -> fitted.origin(original, b.x0(), b.y0(), b.x1(), b.y1()))
        .toList();
  }

  @Override
  public PixelBox inInput(int index, PixelBox ofOriginal) {
    var fitted = network.fit(preprocess);
    Picture original = Picture.read(files.get(index));
    PixelBox b = ofOriginal;
    int[] there = fitted.place(original, b.x0(), b.y0(), b.x1(), b.y1());
    return new PixelBox(there[0], there[1], there[2], there[3]);
  }

  @Override
  public boolean blueFirst() {
    return preprocess.order() == Preprocess.Order.BGR;
  }

  private Prepared prepare(int index) {
    return prepare(index, _ -> {});
  }

  /**
   * One as the network takes it and as it sees it; the caller closes it.
   *
   * @param content hears what the file held
   */
  Prepared prepare(int index, Consumer<byte[]> content) {
    Prepared prepared = network.prepare(preprocess, Picture.read(files.get(index), content));
    return new Prepared(prepared.input(), prepared.shown().named(name(index)));
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
