package io.convlens.gradient;

import io.convlens.engine.Session;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Value;
import io.convlens.network.ScoreKind;
import io.convlens.network.ScoredGraph;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * One forward and one backward pass over a batch of inputs, prepared once. For one thread at a
 * time.
 */
final class GradientPass implements AutoCloseable {
  private final Backward backward;
  private final Session session;
  private final int classes;
  private final Value scores;
  private final Tensor inputs;
  private final Tensor seeds;
  private final Tensor rows;

  /**
   * Prepares passes.
   *
   * @param to what the gradient is with respect to
   * @param pictures how many there will be, for the choice of the batch
   */
  GradientPass(
      SizedNetwork network, ScoreKind kind, Set<Value> to, GradientRule rule, long pictures) {
    ScoredGraph scored = network.scored(kind);
    this.scores = scored.scores();
    this.classes = network.classes();
    Set<Value> read = Set.of(network.scoreSource(ScoreKind.LOGIT));
    this.backward = Backward.of(scored.graph(), scores, to, read, rule);
    try {
      Set<Value> taps = new HashSet<>(to);
      taps.add(scores);
      to.forEach(v -> taps.add(backward.gradient(v)));
      int batch = network.batch(backward.graph(), taps, pictures);
      this.session = network.session(backward.graph(), batch, taps);
    } catch (RuntimeException | Error e) {
      backward.close();
      throw e;
    }
    int batch = session.batch();
    this.inputs = Tensor.zeros(network.graph().input().shape(batch));
    this.seeds = Tensor.zeros(Shape.of(batch, classes));
    this.rows = Tensor.zeros(Shape.of(batch, classes));
  }

  /** Inputs at once. */
  int batch() {
    return session.batch();
  }

  /** Puts one input of the batch in its place. */
  void put(int row, float[] input) {
    inputs.copyFrom(input, (long) row * input.length);
  }

  /** Runs the first inputs of the batch for a class. */
  void run(int count, int target) {
    for (int row = 0; row < session.batch(); row++) {
      for (int c = 0; c < classes; c++) {
        seeds.set((long) row * classes + c, c == target ? 1 : 0);
      }
    }
    session.upload(inputs, 0, count);
    session.upload(backward.seed(), seeds, 0, scoreRows());
    session.run();
  }

  /** The gradient with respect to a value, a row an input. */
  float[] gradient(Value value, int count) {
    return read(backward.gradient(value), count);
  }

  /** A value itself, a row an input. */
  float[] value(Value value, int count) {
    return read(value, count);
  }

  /** The class's score for one input of the batch. */
  float score(int row, int target) {
    session.download(scores, scoreRows(), rows, 0);
    return rows.get((long) row * classes + target);
  }

  /** What a session counts of scores: pictures, or classes where one picture is all there is. */
  private int scoreRows() {
    Shape s = scores.shape(session.batch());
    return s.rank() == 0 ? 1 : s.intDim(0);
  }

  private float[] read(Value value, int count) {
    try (Tensor all = Tensor.zeros(value.shape(session.batch()))) {
      session.download(value, count, all, 0);
      int perInput = Math.toIntExact(all.size() / session.batch());
      return Arrays.copyOf(all.toArray(), count * perInput);
    }
  }

  @Override
  public void close() {
    inputs.close();
    seeds.close();
    rows.close();
    session.close();
    backward.close();
  }
}
