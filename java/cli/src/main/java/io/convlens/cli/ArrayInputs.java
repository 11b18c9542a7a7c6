package io.convlens.cli;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.report.OcclusionFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/**
 * The items of an array, fed to the network as they are.
 *
 * @param file where it is
 * @param array {@code [N, ...]}, read item by item
 * @param channelAxis where a picture's channels are: 1 or 3
 */
record ArrayInputs(Path file, Npy.Reader array, int channelAxis) implements Inputs {
  /** Opens the array and checks that the network takes such. */
  static ArrayInputs open(Path file, Network network) {
    Npy.Reader array = Npy.reader(file);
    try {
      checkShape(file, array.shape(), network);
      boolean picture = array.shape().rank() == 4;
      var inputs = new ArrayInputs(file, array, picture ? network.pictureInput().channelAxis() : 1);
      inputs.checkNumbers();
      return inputs;
    } catch (RuntimeException | Error e) {
      array.close();
      throw e;
    }
  }

  /** All of them at once: what a long run would stumble over at its end is known at its start. */
  private void checkNumbers() {
    for (int i = 0; i < count(); i++) {
      try (Tensor item = tensor(i)) {
        long bad = item.firstNotFinite();
        if (bad >= 0) {
          throw new UnusableInputException(
              file,
              "holds %s (element %d of item %d): only finite numbers can be fed"
                  .formatted(item.get(bad), bad, i));
        }
      }
    }
  }

  private static void checkShape(Path file, Shape shape, Network network) {
    if (shape.rank() == 0 || shape.size() == 0 || shape.dim(0) > Integer.MAX_VALUE) {
      throw new UnusableInputException(file, "shape " + shape + ": one or more pictures needed");
    }
    var declared = network.model().input().dims();
    boolean fits = declared.isEmpty() || declared.size() == shape.rank();
    for (int i = 1; fits && i < declared.size(); i++) {
      fits = declared.get(i).isEmpty() || declared.get(i).getAsInt() == shape.dim(i);
    }
    if (!fits) {
      throw new UnusableInputException(
          file, "has shape %s, the network takes %s".formatted(shape, network.inputText()));
    }
  }

  @Override
  public int count() {
    return array.shape().intDim(0);
  }

  @Override
  public String name(int index) {
    return file.getFileName() + "[" + index + "]";
  }

  @Override
  public String stem(int index) {
    return OcclusionFigures.stem(file.getFileName().toString()) + "-" + index;
  }

  @Override
  public String source(int index) {
    return file + "[" + index + "]";
  }

  @Override
  public Tensor tensor(int index) {
    Tensor item = Tensor.zeros(array.shape().with(0, 1));
    array.read(index * item.size(), item);
    return item;
  }

  @Override
  public Picture shown(int index) {
    try (Tensor item = tensor(index)) {
      if (channelAxis == 1) {
        return Picture.ofTensor(name(index), item, 0);
      }
      Shape s = item.shape();
      try (Tensor planes = Tensor.zeros(s.permute(0, 3, 1, 2))) {
        item.transposeRows(Math.toIntExact(s.dim(1) * s.dim(2)), s.intDim(3), planes);
        return Picture.ofTensor(name(index), planes, 0);
      }
    }
  }

  @Override
  public List<Picture> originals(int index, List<PixelBox> boxes) {
    Picture whole = shown(index);
    return boxes.stream().map(b -> whole.part(b.x0(), b.y0(), b.x1(), b.y1())).toList();
  }

  @Override
  public PixelBox inInput(int index, PixelBox ofOriginal) {
    boolean first = channelAxis == 1;
    Shape s = array.shape();
    return ofOriginal.clipped(s.intDim(first ? 3 : 2), s.intDim(first ? 2 : 1));
  }

  @Override
  public void close() {
    array.close();
  }
}
