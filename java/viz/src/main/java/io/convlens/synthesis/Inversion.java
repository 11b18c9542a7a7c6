package io.convlens.synthesis;

import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Pictures found again from a layer's values, which shows what the layer keeps of them (Mahendran
 * and Vedaldi 2015).
 *
 * <pre>{@code
 * var range = PixelRange.of(net.fit(Preprocess.named("caffe")));
 * var inversion = Inversion.with(o -> o.steps(400));
 * Reconstruction again = inversion.of(net, cat.input(), range, "conv#5").getFirst();
 * }</pre>
 *
 * @param options how
 */
public record Inversion(InvertOptions options) {
  /** With changes to {@link InvertOptions#DEFAULT}. */
  public static Inversion with(UnaryOperator<InvertOptions> changes) {
    return new Inversion(changes.apply(InvertOptions.DEFAULT));
  }

  /** {@link #of(Network, Tensor, PixelRange, String, SynthesisListener)} that nobody follows. */
  public List<Reconstruction> of(Network network, Tensor pictures, PixelRange range, String layer) {
    return of(network, pictures, range, layer, SynthesisListener.NONE);
  }

  /**
   * A picture for each one, from what a layer makes of it.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param range what black and white are to the network
   * @param layer whose values are inverted, as in {@link io.convlens.graph.Graph#layer}
   * @return in the order of the pictures
   * @throws io.convlens.io.UnusableInputException if the network takes no such pictures
   * @throws io.convlens.graph.UnknownLayerException if there is no such layer
   * @throws io.convlens.io.UnusableOptionException if the layer has no values of each picture, or
   *     nothing but zeros or infinite ones for one
   * @throws io.convlens.graph.NoGradientException if no gradient leads from it to the input
   * @throws CancellationException if the listener said so
   */
  public List<Reconstruction> of(
      Network network,
      Tensor pictures,
      PixelRange range,
      String layer,
      SynthesisListener listener) {
    PictureSpace space = PictureSpace.of(network, pictures.shape(), range);
    SizedNetwork sized = network.sized(pictures.shape());
    int count = pictures.shape().intDim(0);
    List<Reconstruction> found = new ArrayList<>();
    try (var codes = new CodePass(sized, layer, count)) {
      for (int first = 0; first < count; first += codes.rows()) {
        int rows = Math.min(codes.rows(), count - first);
        var part = new Part(space, pictures, first, rows, codes);
        for (int step = 0; step < options.steps(); step++) {
          part.descend(step);
          long done = (long) first * options.steps() + (step + 1L) * rows;
          if (!listener.progress(done, (long) count * options.steps())) {
            throw new CancellationException("inversion was stopped");
          }
        }
        found.addAll(part.found());
      }
    }
    return found;
  }

  /** The pictures of one batch. */
  private final class Part {
    private final PictureSpace space;
    private final CodePass codes;
    private final Shape shape;
    private final List<Descent> descents = new ArrayList<>();
    private final double[] start;

    Part(PictureSpace space, Tensor pictures, int first, int rows, CodePass codes) {
      this.space = space;
      this.codes = codes;
      this.shape = pictures.shape().with(0, 1);
      for (int row = 0; row < rows; row++) {
        float[] original = new float[space.size()];
        try (Tensor one = Tensor.zeros(shape)) {
          one.copyFrom(pictures, (long) (first + row) * original.length, 0, original.length);
          one.copyTo(original, 0, original.length);
        }
        codes.input(row, original);
        descents.add(new Descent(space, options));
      }
      codes.want(rows);
      this.start = errors();
    }

    private double[] errors() {
      put();
      codes.run();
      return codes.errors(descents.size());
    }

    private void put() {
      for (int row = 0; row < descents.size(); row++) {
        codes.input(row, space.input(descents.get(row).picture()));
      }
    }

    void descend(int step) {
      put();
      codes.run();
      float[] gradients = codes.gradients();
      IntStream.range(0, descents.size())
          .parallel()
          .forEach(
              row ->
                  descents.get(row).descend(space.gradient(gradients, row * space.size()), step));
    }

    List<Reconstruction> found() {
      double[] errors = errors();
      return IntStream.range(0, descents.size())
          .mapToObj(
              row ->
                  new Reconstruction(
                      shape, space.input(descents.get(row).picture()), start[row], errors[row]))
          .toList();
    }
  }
}
