package io.convlens.network;

import io.convlens.device.DeviceException;
import io.convlens.engine.BatchSize;
import io.convlens.engine.Session;
import io.convlens.engine.Statistic;
import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * A network for inputs of one size: its graph, and where in it the scores are. What methods work
 * with. For one thread at a time; belongs to its {@link Network}.
 */
public final class SizedNetwork implements AutoCloseable {
  private final Network network;
  private final Graph graph;
  private final Answer answer;
  private Optional<Session> predicting = Optional.empty();

  /** The batch that it was asked for with; its own may be smaller. */
  private int batchOfPredicting;

  SizedNetwork(Network network, Graph graph) {
    this.network = network;
    this.graph = graph;
    this.answer = Answer.of(graph);
  }

  /**
   * The same with another graph of the same inputs and outputs: other weights, say. The caller
   * closes it, before the graph's weights.
   */
  public SizedNetwork with(Graph other) {
    return new SizedNetwork(network, other);
  }

  /** The network that this is a size of. */
  public Network network() {
    return network;
  }

  /** The graph, with the shapes for this size. */
  public Graph graph() {
    return graph;
  }

  /** The number of classes: elements of the first output a picture. */
  public int classes() {
    return answer.classes();
  }

  /**
   * Checks that there is such a class.
   *
   * @throws UnusableOptionException if there is not
   */
  public void checkTarget(int target) {
    if (target < 0 || target >= classes()) {
      throw new UnusableOptionException(
          "target %d is not among the network's classes 0 to %d".formatted(target, classes() - 1));
    }
  }

  /** The value that {@link #toScores} wants to see. */
  public Value scoreSource(ScoreKind kind) {
    return answer.source(kind);
  }

  /**
   * The value whose rows are the scores, or what their softmax is taken of: see {@link
   * #takesSoftmax}.
   */
  public Value scoreRows(ScoreKind kind) {
    return answer.rows(kind);
  }

  /** Whether scores are the softmax of {@link #scoreRows}. */
  public boolean takesSoftmax(ScoreKind kind) {
    return answer.takesSoftmax(kind);
  }

  /** A graph that computes scores on the device, and where they are in it. */
  public ScoredGraph scored(ScoreKind kind) {
    return answer.scored(graph, kind);
  }

  /**
   * Makes rows of {@link #scoreSource} into scores, in place.
   *
   * @param rows at least {@code count} rows of {@link #classes} elements
   */
  public void toScores(Tensor rows, int count, ScoreKind kind) {
    answer.toScores(rows, count, kind);
  }

  /**
   * The number of pictures at once: as the options say, or chosen by size.
   *
   * @param pictures how many there are
   */
  public int batch(Graph runs, Set<Value> taps, long pictures) {
    int wish = network.options().batch();
    if (wish == 0 || !runs.batchable()) {
      return BatchSize.choose(network.device(), runs, taps, pictures);
    }
    return wish;
  }

  /**
   * The network's answers.
   *
   * @param inputs as many pictures as wanted, of this size
   */
  public Predictions predict(Tensor inputs) {
    int n = inputs.shape().intDim(0);
    Session session = predictingSession(n);
    var outputs = new float[n * classes()];
    var logits = new float[n * classes()];
    var probabilities = new float[n * classes()];
    int batch = session.batch();
    try (Tensor rows = Tensor.zeros(Shape.of(batch, classes()))) {
      for (int first = 0; first < n; first += batch) {
        int count = Math.min(batch, n - first);
        session.upload(inputs, first, count);
        session.run();
        int at = first * classes();
        session.download(answer.output(), count, rows, 0);
        rows.copyTo(outputs, at, count * classes());
        answer.toScores(rows, count, ScoreKind.PROBABILITY);
        rows.copyTo(probabilities, at, count * classes());
        session.download(answer.logits(), count, rows, 0);
        rows.copyTo(logits, at, count * classes());
      }
    }
    return new Predictions(classes(), outputs, probabilities, logits);
  }

  /** The session stays open, for the next call with as many pictures or more. */
  private Session predictingSession(int pictures) {
    int batch = batch(graph, answer.sources(), pictures);
    if (predicting.isEmpty() || batchOfPredicting != batch) {
      close();
      predicting = Optional.of(session(graph, batch, Set.of()));
      batchOfPredicting = batch;
    }
    return predicting.get();
  }

  /**
   * A session that keeps the scores and what else is asked for; the caller closes it. Its batch is
   * smaller than {@code batch} if nobody asked for one and the device lacks the memory.
   *
   * @param runs this graph, or one that was made from it by adding nodes
   * @param taps values to read besides the scores
   */
  public Session session(Graph runs, int batch, Set<Value> taps) {
    return session(runs, batch, taps, List.of());
  }

  /**
   * The same, with what is to be worked out on the device.
   *
   * @param statistics about values that need not be read themselves
   */
  public Session session(Graph runs, int batch, Set<Value> taps, List<Statistic> statistics) {
    Set<Value> keep = new HashSet<>(taps);
    keep.addAll(answer.sources());
    return fitting(
        runs,
        batch,
        pictures -> Session.prepare(network.device(), runs, pictures, keep, statistics));
  }

  /**
   * Prepares something for a batch. A batch that we chose is halved as long as the device lacks the
   * memory for it; one that was asked for is not.
   *
   * @param runs the graph that is run in batches
   */
  public <T> T fitting(Graph runs, int batch, IntFunction<T> preparation) {
    try {
      return preparation.apply(batch);
    } catch (DeviceException e) {
      boolean halves =
          e.kind() == DeviceException.Kind.OUT_OF_MEMORY
              && batch > 1
              && network.options().batch() == 0
              && runs.batchable();
      if (!halves) {
        throw e;
      }
      return fitting(runs, batch / 2, preparation);
    }
  }

  /** Frees what predictions need; it can be used again. */
  @Override
  public void close() {
    predicting.ifPresent(Session::close);
    predicting = Optional.empty();
  }
}
