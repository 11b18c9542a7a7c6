package io.convlens.gradient;

import io.convlens.device.SampleSpec.Samples;
import io.convlens.engine.Sampling;
import io.convlens.engine.Session;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.NoGradientException;
import io.convlens.graph.Value;
import io.convlens.network.ScoreKind;
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
  /** How the backward pass is made. */
  interface Way {
    /** The backward pass of an objective to some values, with others to be read. */
    Backward of(Objective objective, Set<Value> to, Set<Value> read);

    /** Gradients, by a rule. */
    static Way by(GradientRule rule) {
      return (o, to, read) -> Backward.of(o.graph(), o.of(), to, read, rule);
    }

    /** Relevance by LRP's ε rule. */
    static Way relevance(float epsilon) {
      return (o, to, read) -> Backward.relevance(o.graph(), o.of(), to, read, epsilon);
    }

    /** DeepLIFT's multipliers. */
    static Way multipliers() {
      return (o, to, read) -> Backward.deepLift(o.graph(), o.of(), to, read);
    }
  }

  private final Objective objective;
  private final Backward backward;
  private final Session session;
  private final int width;
  private final Tensor inputs;
  private final Tensor baselines;
  private final Tensor seeds;
  private final Tensor rows;

  /**
   * Prepares passes.
   *
   * @param to what the gradient is with respect to
   * @param pictures how many there will be, for the choice of the batch
   */
  GradientPass(SizedNetwork network, Objective objective, Set<Value> to, Way way, long pictures) {
    this.objective = objective;
    Set<Value> read = Set.of(network.scoreSource(ScoreKind.LOGIT));
    this.backward = backward(network, way, objective, to, read);
    try {
      Set<Value> taps = new HashSet<>(to);
      taps.add(objective.of());
      to.forEach(v -> taps.add(backward.gradient(v)));
      int batch = network.batch(backward.graph(), taps, pictures);
      this.session = network.session(backward.graph(), batch, taps);
    } catch (RuntimeException | Error e) {
      backward.close();
      throw e;
    }
    int batch = session.batch();
    this.width = objective.width(batch);
    Shape all = network.graph().input().shape(batch);
    this.inputs = Tensor.zeros(all);
    this.baselines = Tensor.zeros(backward.baseline().isPresent() ? all : Shape.of(0));
    this.seeds = Tensor.zeros(objective.rows(batch));
    this.rows = Tensor.zeros(objective.rows(batch));
  }

  private static Backward backward(
      SizedNetwork network, Way way, Objective objective, Set<Value> to, Set<Value> read) {
    try {
      return way.of(objective, to, read);
    } catch (NoGradientException e) {
      throw e.of(network.network().file());
    }
  }

  /** Inputs at once. */
  int batch() {
    return session.batch();
  }

  /** Puts one input of the batch in its place. */
  void put(int row, float[] input) {
    inputs.copyFrom(input, (long) row * input.length);
  }

  /** Puts in place what one input is compared with, where the pass compares. */
  void putBaseline(int row, float[] baseline) {
    baselines.copyFrom(baseline, (long) row * baseline.length);
  }

  /** Runs the first inputs of the batch for a class. */
  void run(int count, int target) {
    int[] targets = new int[count];
    Arrays.fill(targets, target);
    run(targets);
  }

  /** Runs the first inputs of the batch, each for its class. */
  void run(int... targets) {
    aim(targets);
    session.upload(inputs, 0, targets.length);
    backward.baseline().ifPresent(b -> session.upload(b, baselines, 0, targets.length));
    session.run(targets.length);
  }

  /** Passes over samples around inputs, for a class. */
  Sampling sampled(Value value, Samples samples, int target) {
    aim(target);
    return new Sampling(session, backward.gradient(value), samples);
  }

  /** What is differentiated of each input: its class's score. */
  private void aim(int... targets) {
    for (int row = 0; row < session.batch(); row++) {
      objective.seed(seeds, row, width, targets[Math.min(row, targets.length - 1)]);
    }
    session.upload(backward.seed(), seeds, 0, objectiveRows());
  }

  /** The gradient with respect to a value, a row an input. */
  float[] gradient(Value value, int count) {
    return read(backward.gradient(value), count);
  }

  /** A value itself, a row an input. */
  float[] value(Value value, int count) {
    return read(value, count);
  }

  /** What was differentiated, for one input of the batch. */
  float score(int row, int target) {
    session.download(objective.of(), objectiveRows(), rows, 0);
    return objective.score(rows, row, width, target);
  }

  /** What a session counts of it: pictures, or classes where one picture is all there is. */
  private int objectiveRows() {
    Shape s = objective.of().shape(session.batch());
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
    baselines.close();
    seeds.close();
    rows.close();
    session.close();
    backward.close();
  }
}
