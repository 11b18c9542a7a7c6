package io.convlens.activation;

import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.network.ScoreKind;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Passes pictures through a network once and hands on what the layers that were asked for hold.
 * Memory is that of a batch, however many pictures there are; the next pictures are decoded while
 * the network looks at these.
 *
 * <pre>{@code
 * var pass = new LayerPass(net, pictures);
 * var layer = TappedLayer.of(pass.graph(), "conv#1");
 * pass.run(List.of(layer), 0, pictures.count(), sink, done -> {});
 * }</pre>
 *
 * <p>For one thread at a time.
 */
public final class LayerPass {
  /** The bits of infinity; those of NaN are larger. */
  private static final int INFINITE = 0x7f800000;

  private final PictureSet pictures;
  private final Shape one;
  private final SizedNetwork network;

  /**
   * Looks at the first picture for the size that all have.
   *
   * @throws UnusableInputException if it can't be read or the network takes no such
   */
  public LayerPass(Network network, PictureSet pictures) {
    this.pictures = pictures;
    try (Tensor first = pictures.tensor(0)) {
      this.one = first.shape();
    }
    this.network = network.sized(one);
  }

  /** The network for pictures of this size. */
  public SizedNetwork network() {
    return network;
  }

  /** Its graph. */
  public Graph graph() {
    return network.graph();
  }

  /** The shape of a picture as the network takes it, with a batch of 1. */
  public Shape input() {
    return one;
  }

  /**
   * Runs pictures {@code from} to {@code end} (exclusive) through the network.
   *
   * @param layers whose values are read
   * @param sink takes them
   * @param progress hears how many pictures are done
   * @throws UnusableInputException if a picture can't be read, has another size than the first, or
   *     a layer's value for it is not finite
   */
  public void run(
      List<TappedLayer> layers, int from, int end, LayerSink sink, IntConsumer progress) {
    Set<Value> taps = new LinkedHashSet<>();
    layers.forEach(l -> taps.add(l.value()));
    int wish = network.batch(graph(), taps, end - from);
    try (Session session = network.session(graph(), wish, taps);
        PicturesAhead ahead = new PicturesAhead(pictures, from, end, session.batch() + 1);
        var run = new Run(session, layers, sink)) {
      for (int first = from; first < end; first += session.batch()) {
        int count = Math.min(session.batch(), end - first);
        run.batch(ahead, first, count);
        progress.accept(first + count - from);
      }
    }
  }

  /** The buffers of a run. */
  private final class Run implements AutoCloseable {
    private final Session session;
    private final List<TappedLayer> layers;
    private final LayerSink sink;
    private final Tensor inputs;
    private final Tensor scores;
    private final float[] probabilities;
    private final List<Tensor> values = new ArrayList<>();
    private final List<float[]> rows = new ArrayList<>();

    Run(Session session, List<TappedLayer> layers, LayerSink sink) {
      this.session = session;
      this.layers = layers;
      this.sink = sink;
      int batch = session.batch();
      for (TappedLayer layer : layers) {
        if (layer.shape().size() * batch > Integer.MAX_VALUE - 8) {
          throw new UnusableOptionException(
              "layer '%s' holds %s a picture, too much for %d at once: give a smaller --batch"
                  .formatted(layer.asked(), layer.shape(), batch));
        }
      }
      this.inputs = Tensor.zeros(one.with(0, batch));
      this.scores = Tensor.zeros(Shape.of(batch, network.classes()));
      this.probabilities = new float[batch * network.classes()];
      for (TappedLayer layer : layers) {
        values.add(Tensor.zeros(Shape.of(batch, layer.shape().size())));
        rows.add(new float[Math.toIntExact(batch * layer.shape().size())]);
      }
    }

    void batch(PicturesAhead ahead, int first, int count) {
      for (int i = 0; i < count; i++) {
        try (Tensor picture = ahead.take()) {
          checkSize(first + i, picture.shape());
          inputs.copyFrom(picture, 0, i * picture.size(), picture.size());
        }
      }
      session.upload(inputs, 0, count);
      session.run();
      for (int i = 0; i < layers.size(); i++) {
        session.download(layers.get(i).value(), count, values.get(i), 0);
        int size = count * Math.toIntExact(layers.get(i).shape().size());
        values.get(i).copyTo(rows.get(i), 0, size);
        checkFinite(layers.get(i), rows.get(i), size, first);
        sink.take(i, rows.get(i), first, count);
      }
      session.download(network.scoreSource(ScoreKind.PROBABILITY), count, scores, 0);
      network.toScores(scores, count, ScoreKind.PROBABILITY);
      scores.copyTo(probabilities, 0, count * network.classes());
      sink.predictions(probabilities, first, count);
    }

    private void checkFinite(TappedLayer layer, float[] row, int size, int first) {
      if (largestMagnitude(row, size) < INFINITE) {
        return;
      }
      for (int i = 0; i < size; i++) {
        if (!Float.isFinite(row[i])) {
          int picture = first + (int) (i / layer.shape().size());
          throw new UnusableInputException(
              pictures.source(picture),
              "layer '%s' holds %s for it".formatted(layer.asked(), row[i]));
        }
      }
    }

    @Override
    public void close() {
      inputs.close();
      scores.close();
      values.forEach(Tensor::close);
    }
  }

  /** As bits, which are ordered as magnitudes are: a loop that runs on vectors. */
  private static int largestMagnitude(float[] row, int size) {
    int largest = 0;
    for (int i = 0; i < size; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(row[i]) & Integer.MAX_VALUE);
    }
    return largest;
  }

  private void checkSize(int index, Shape shape) {
    if (!shape.equals(one)) {
      throw new UnusableInputException(
          pictures.source(index),
          "becomes an input of %s, the first picture %s: one size a run".formatted(shape, one));
    }
  }
}
