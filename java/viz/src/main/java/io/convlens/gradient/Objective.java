package io.convlens.gradient;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.ScoreKind;
import io.convlens.network.ScoredGraph;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is differentiated: a class's score, or a unit of a layer.
 *
 * @param graph in which it is computed
 * @param of the scores, or the layer's values
 * @param unit the elements that are summed, in one picture's part of the layer; absent for classes
 */
record Objective(Graph graph, Value of, Optional<Span> unit) {
  /**
   * A run of elements.
   *
   * @param channel the unit's
   * @param first where it begins
   * @param count how many
   */
  record Span(int channel, int first, int count) {}

  static Objective ofClass(SizedNetwork network, ScoreKind kind) {
    ScoredGraph scored = network.scored(kind);
    return new Objective(scored.graph(), scored.scores(), Optional.empty());
  }

  /**
   * A unit: {@code C}, all places of a channel together; or {@code C,Y,X}, one place of it.
   *
   * @throws UnusableOptionException if the layer has no such unit
   */
  static Objective ofUnit(SizedNetwork network, String name, List<Integer> unit) {
    Layer layer = network.graph().layer(name);
    Value value = layer.value();
    if (value == null || !value.batched()) {
      throw new UnusableOptionException("layer '" + name + "' does not depend on each picture");
    }
    long[] dims = Frame.withoutBatch(value.shape()).dims();
    boolean fits = dims.length > 0 && (unit.size() == 1 || unit.size() == dims.length);
    for (int i = 0; fits && i < unit.size(); i++) {
      fits = unit.get(i) >= 0 && unit.get(i) < dims[i];
    }
    if (!fits) {
      throw new UnusableOptionException(
          "unit %s is not in layer '%s' of %s a picture"
              .formatted(unit, name, Arrays.toString(dims)));
    }
    int first = 0;
    int count = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      first = first * (int) dims[axis] + (axis < unit.size() ? unit.get(axis) : 0);
      count *= axis < unit.size() ? 1 : (int) dims[axis];
    }
    Span span = new Span(unit.getFirst(), first, count);
    return new Objective(network.graph(), value, Optional.of(span));
  }

  /** Elements of the value a picture. */
  int width(int batch) {
    return Math.toIntExact(of.shape(batch).size() / batch);
  }

  /** The weights of each row's elements: 1 for what is asked for. */
  void seed(Tensor seeds, int row, int width, int target) {
    long from = (long) row * width;
    for (int i = 0; i < width; i++) {
      seeds.set(from + i, 0);
    }
    Span s = unit.orElse(new Span(target, target, 1));
    for (int i = s.first(); i < s.first() + s.count(); i++) {
      seeds.set(from + i, 1);
    }
  }

  /** What the value's row says. */
  float score(Tensor values, int row, int width, int target) {
    Span s = unit.orElse(new Span(target, target, 1));
    double sum = 0;
    for (int i = s.first(); i < s.first() + s.count(); i++) {
      sum += values.get((long) row * width + i);
    }
    return (float) sum;
  }

  /** Its shape for a batch, as rows. */
  Shape rows(int batch) {
    return Shape.of(batch, width(batch));
  }
}
