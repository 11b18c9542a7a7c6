package io.convlens.activation;

import io.convlens.engine.Session;
import io.convlens.engine.Statistic;
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
 * Passes pictures through a network once and hands on what the layers that were asked for hold, or
 * numbers about it that the device works out, so that the maps stay there. Memory is that of a
 * batch, however many pictures there are; the next pictures are decoded while the network looks at
 * these.
 *
 * <pre>{@code
 * var pass = new LayerPass(net, pictures);
 * var layer = TappedLayer.of(pass.graph(), "conv#1");
 * pass.run(List.of(new Reading.Values(layer)), 0, pictures.count(), sink, done -> {});
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
   * @param readings what is read of which layers
   * @param sink takes them
   * @param progress hears how many pictures are done
   * @throws UnusableInputException if a picture can't be read, has another size than the first, or
   *     a layer's value for it is not finite
   */
  public void run(List<Reading> readings, int from, int end, LayerSink sink, IntConsumer progress) {
    Set<Value> taps = new LinkedHashSet<>();
    List<Statistic> statistics = new ArrayList<>();
    var rectified = new RectifiedPeaks(graph(), readings);
    for (int i = 0; i < readings.size(); i++) {
      switch (readings.get(i)) {
        case Reading.Values(TappedLayer layer) -> taps.add(layer.value());
        case Reading.Numbers(TappedLayer layer, Statistic statistic) -> {
          checkPlaces(layer);
          if (rectified.source(i).isEmpty()) {
            statistics.add(statistic);
          }
        }
      }
    }
    int wish = network.batch(graph(), taps, end - from);
    try (Session session = network.session(graph(), wish, taps, statistics);
        PicturesAhead ahead = new PicturesAhead(pictures, from, end, session.batch() + 1);
        var run = new Run(session, readings, rectified, sink)) {
      for (int first = from; first < end; first += session.batch()) {
        int count = Math.min(session.batch(), end - first);
        run.batch(ahead, first, count);
        progress.accept(first + count - from);
      }
    }
  }

  /**
   * Runs pictures {@code from} to {@code end} (exclusive) through the network, for several tallies
   * at once.
   *
   * @param tallies each gets what it asks for, and the predictions
   * @param progress hears how many pictures are done
   * @throws UnusableInputException as the other does
   */
  public void run(List<? extends LayerTally> tallies, int from, int end, IntConsumer progress) {
    record Share(LayerTally tally, int reading) {}
    List<Reading> readings = new ArrayList<>();
    List<Share> shares = new ArrayList<>();
    for (LayerTally tally : tallies) {
      for (int i = 0; i < tally.readings().size(); i++) {
        readings.add(tally.readings().get(i));
        shares.add(new Share(tally, i));
      }
    }
    var sink =
        new LayerSink() {
          @Override
          public void take(int reading, float[] values, int first, int count) {
            Share share = shares.get(reading);
            share.tally().take(share.reading(), values, first, count);
          }

          @Override
          public void predictions(float[] probabilities, int first, int count) {
            tallies.forEach(t -> t.predictions(probabilities, first, count));
          }
        };
    run(readings, from, end, sink, progress);
  }

  /** The buffers of a run. */
  private final class Run implements AutoCloseable {
    private final Session session;
    private final List<Reading> readings;
    private final RectifiedPeaks rectified;
    private final LayerSink sink;
    private final Tensor inputs;
    private final Tensor scores;
    private final float[] probabilities;
    private final List<Tensor> values = new ArrayList<>();
    private final List<float[]> rows = new ArrayList<>();

    Run(Session session, List<Reading> readings, RectifiedPeaks rectified, LayerSink sink) {
      this.session = session;
      this.readings = readings;
      this.rectified = rectified;
      this.sink = sink;
      int batch = session.batch();
      for (Reading reading : readings) {
        if (reading.size() * batch > Integer.MAX_VALUE - 8) {
          throw new UnusableOptionException(
              "layer '%s' holds %s a picture, too much for %d at once: give a smaller --batch"
                  .formatted(reading.layer().asked(), reading.layer().shape(), batch));
        }
      }
      this.inputs = Tensor.zeros(one.with(0, batch));
      this.scores = Tensor.zeros(Shape.of(batch, network.classes()));
      this.probabilities = new float[batch * network.classes()];
      for (Reading reading : readings) {
        values.add(Tensor.zeros(Shape.of(batch, reading.size())));
        rows.add(new float[Math.toIntExact(batch * reading.size())]);
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
      for (int i = 0; i < readings.size(); i++) {
        if (rectified.source(i).isEmpty()) {
          read(i, first, count);
        }
      }
      for (int i = 0; i < readings.size(); i++) {
        int own = i;
        TappedLayer layer = readings.get(i).layer();
        rectified
            .source(i)
            .ifPresent(
                s -> RectifiedPeaks.rectify(rows.get(s), rows.get(own), count, layer.channels()));
        sink.take(i, rows.get(i), first, count);
      }
      session.download(network.scoreSource(ScoreKind.PROBABILITY), count, scores, 0);
      network.toScores(scores, count, ScoreKind.PROBABILITY);
      scores.copyTo(probabilities, 0, count * network.classes());
      sink.predictions(probabilities, first, count);
    }

    private void read(int index, int first, int count) {
      Reading reading = readings.get(index);
      float[] row = rows.get(index);
      int size = count * Math.toIntExact(reading.size());
      session.download(source(reading), count, values.get(index), 0);
      values.get(index).copyTo(row, 0, size);
      switch (reading) {
        case Reading.Values _ -> checkFinite(reading, row, size, first);
        case Reading.Numbers n -> checkFinite(n, row, count, first);
      }
    }

    private static Value source(Reading reading) {
      return switch (reading) {
        case Reading.Values(TappedLayer layer) -> layer.value();
        case Reading.Numbers(_, Statistic statistic) -> statistic.output();
      };
    }

    private void checkFinite(Reading reading, float[] row, int size, int first) {
      if (largestMagnitude(row, 0, size) < INFINITE) {
        return;
      }
      for (int i = 0; i < size; i++) {
        if (!Float.isFinite(row[i])) {
          throw notFinite(reading, row[i], first + (int) (i / reading.size()));
        }
      }
    }

    /** The largest magnitudes tell it of all values. Order statistics never come alone. */
    private void checkFinite(Reading.Numbers reading, float[] row, int count, int first) {
      if (reading.statistic().kind() instanceof Statistic.Kind.Rank) {
        return;
      }
      int maps = reading.statistic().output().shape().intDim(2);
      for (int i = 0; i < count; i++) {
        int from = (int) (i * reading.size()) + Statistic.MAGNITUDE * maps;
        if (largestMagnitude(row, from, maps) >= INFINITE) {
          for (int c = from; c < from + maps; c++) {
            if (!Float.isFinite(row[c])) {
              throw notFinite(reading, row[c], first + i);
            }
          }
        }
      }
    }

    private UnusableInputException notFinite(Reading reading, float value, int picture) {
      return new UnusableInputException(
          pictures.source(picture),
          "layer '%s' holds %s for it".formatted(reading.layer().asked(), value));
    }

    @Override
    public void close() {
      inputs.close();
      scores.close();
      values.forEach(Tensor::close);
    }
  }

  /** As bits, which are ordered as magnitudes are: a loop that runs on vectors. */
  private static int largestMagnitude(float[] row, int from, int size) {
    int largest = 0;
    for (int i = from; i < from + size; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(row[i]) & Integer.MAX_VALUE);
    }
    return largest;
  }

  private static void checkPlaces(TappedLayer layer) {
    if (layer.places() > Statistic.MOST_PLACES) {
      throw new UnusableOptionException(
          "layer '%s' has %d places a picture, more than %d: give smaller pictures"
              .formatted(layer.asked(), layer.places(), Statistic.MOST_PLACES));
    }
  }

  private void checkSize(int index, Shape shape) {
    if (!shape.equals(one)) {
      throw new UnusableInputException(
          pictures.source(index),
          "becomes an input of %s, the first picture %s: one size a run".formatted(shape, one));
    }
  }
}
