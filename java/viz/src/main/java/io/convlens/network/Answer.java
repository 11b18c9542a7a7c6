package io.convlens.network;

import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Where in a graph the scores of the classes are. A network that ends in Softmax or LogSoftmax over
 * its classes has logits before it; a reshape after it doesn't matter.
 *
 * @param output the network's output
 * @param logits what goes into the final softmax, or the output itself
 * @param ending how the output comes from the logits
 * @param classes the number of classes: elements of the output a picture
 */
record Answer(Value output, Value logits, Ending ending, int classes) {
  /** What the network ends in. */
  enum Ending {
    NONE,
    SOFTMAX,
    LOG_SOFTMAX
  }

  static Answer of(Graph graph) {
    Map<Value, Node> producers = new HashMap<>();
    graph.nodes().forEach(n -> producers.put(n.output(), n));
    Value output = graph.outputs().getFirst();
    boolean perPicture = output.shape().rank() > 0 && output.shape().dim(0) == graph.baseBatch();
    int classes = Math.toIntExact(output.shape().size() / (perPicture ? graph.baseBatch() : 1));
    Node last = producers.get(output);
    while (last instanceof Node.Reshape r) {
      last = producers.get(r.x());
    }
    if (last instanceof Node.Softmax s
        && s.x().shape().product(s.from(), s.to()) == classes
        && s.x().batched() == output.batched()) {
      Ending ending = s.log() ? Ending.LOG_SOFTMAX : Ending.SOFTMAX;
      return new Answer(output, s.x(), ending, classes);
    }
    return new Answer(output, output, Ending.NONE, classes);
  }

  /** What must be read after a run to know a score. */
  Value source(ScoreKind kind) {
    return kind == ScoreKind.LOGIT ? logits : output;
  }

  /** Where rows of scores are, or of what their softmax is to be taken of. */
  Value rows(ScoreKind kind) {
    return takesSoftmax(kind) ? logits : source(kind);
  }

  boolean takesSoftmax(ScoreKind kind) {
    return kind == ScoreKind.PROBABILITY && ending != Ending.SOFTMAX;
  }

  /** A graph that computes the scores themselves, and where they are in it. */
  ScoredGraph scored(Graph graph, ScoreKind kind) {
    if (kind == ScoreKind.LOGIT) {
      return new ScoredGraph(graph, logits);
    }
    if (ending == Ending.SOFTMAX) {
      return new ScoredGraph(graph, output);
    }
    var probabilities = new Value("probabilities", output.shape(), output.batched());
    int rank = output.shape().rank();
    Node last =
        ending == Ending.LOG_SOFTMAX
            ? new Node.Activate(
                "probabilities",
                output,
                new Activation.Elementary(Activation.Function.EXP),
                probabilities)
            : new Node.Softmax(
                "probabilities", output, rank > 1 ? 1 : 0, rank, false, probabilities);
    return new ScoredGraph(graph.append(last), probabilities);
  }

  /** What must be kept while the graph runs. */
  Set<Value> sources() {
    return Set.of(logits);
  }

  /**
   * Makes what {@link #source} held into scores, {@code count} rows of {@code classes}, in place.
   */
  void toScores(Tensor rows, int count, ScoreKind kind) {
    if (kind == ScoreKind.LOGIT || ending == Ending.SOFTMAX) {
      return;
    }
    for (int i = 0; i < count; i++) {
      long from = (long) i * classes;
      if (ending == Ending.LOG_SOFTMAX) {
        for (long j = from; j < from + classes; j++) {
          rows.set(j, (float) Math.exp(rows.get(j)));
        }
      } else {
        softmax(rows, from);
      }
    }
  }

  private void softmax(Tensor rows, long from) {
    double max = Double.NEGATIVE_INFINITY;
    for (long j = from; j < from + classes; j++) {
      max = Math.max(max, rows.get(j));
    }
    double sum = 0;
    for (long j = from; j < from + classes; j++) {
      sum += Math.exp(rows.get(j) - max);
    }
    for (long j = from; j < from + classes; j++) {
      rows.set(j, (float) (Math.exp(rows.get(j) - max) / sum));
    }
  }
}
