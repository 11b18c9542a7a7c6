package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Gradients through what picks, spreads and reduces elements. */
final class SelectionGradients {
  private final GradientEmitter emit;

  SelectionGradients(GradientEmitter emit) {
    this.emit = emit;
  }

  /**
   * Each input element gets the sum over the output elements that are copies of it: along axes that
   * were repeated from a single element a sum, along axes without repetition a remap back, along
   * others an interpolation with the map transposed.
   */
  Value remap(Node.Remap n, Value g) {
    Shape x = n.x().shape();
    List<Integer> repeated = new ArrayList<>();
    List<Integer> scattered = new ArrayList<>();
    List<int[]> back = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      int[] map = n.maps().get(axis);
      int extent = x.intDim(axis);
      boolean samples = axis == 0 && n.x().batched();
      back.add(GradientEmitter.identity(samples ? extent : map.length));
      if (samples) {
        continue;
      }
      if (extent == 1 && map.length > 1 && Arrays.stream(map).allMatch(i -> i == 0)) {
        repeated.add(axis);
        back.set(axis, GradientEmitter.identity(1));
      } else if (isInjective(map, extent)) {
        back.set(axis, inverse(map, extent));
      } else {
        scattered.add(axis);
      }
    }
    Value v = picked(emit.reduce(g, Node.ReduceKind.SUM, repeated), back);
    for (int axis : scattered) {
      v = transposed(v, axis, x.intDim(axis), copies(n.maps().get(axis)), n.maps().get(axis));
    }
    return v;
  }

  private static boolean isInjective(int[] map, int extent) {
    boolean[] seen = new boolean[extent];
    for (int i : map) {
      if (i >= 0 && seen[i]) {
        return false;
      }
      if (i >= 0) {
        seen[i] = true;
      }
    }
    return true;
  }

  private static int[] inverse(int[] map, int extent) {
    int[] back = new int[extent];
    Arrays.fill(back, -1);
    for (int o = 0; o < map.length; o++) {
      if (map[o] >= 0) {
        back[map[o]] = o;
      }
    }
    return back;
  }

  private Value picked(Value v, List<int[]> maps) {
    boolean same = true;
    Shape shape = v.shape();
    for (int axis = 0; axis < maps.size(); axis++) {
      int[] map = maps.get(axis);
      same &= Arrays.equals(map, GradientEmitter.identity(v.shape().intDim(axis)));
      shape = shape.with(axis, map.length);
    }
    return same ? v : emit.remap(v, maps, shape);
  }

  private static List<float[]> copies(int[] map) {
    return Arrays.stream(map).mapToObj(i -> new float[] {i >= 0 ? 1 : 0}).toList();
  }

  private Value transposed(Value g, int axis, int extent, List<float[]> weights, int[] map) {
    return transposed(
        g,
        axis,
        extent,
        Arrays.stream(map).mapToObj(i -> new int[] {Math.max(i, 0)}).toList(),
        weights);
  }

  Value interpolate(Node.Interpolate n, Value g) {
    return transposed(g, n.axis(), n.x().shape().intDim(n.axis()), n.indices(), n.weights());
  }

  /** Along an axis, the linear map with rows and columns swapped. */
  private Value transposed(
      Value g, int axis, int extent, List<int[]> indices, List<float[]> weights) {
    List<List<Integer>> from = lists(extent);
    List<List<Float>> by = lists(extent);
    for (int o = 0; o < indices.size(); o++) {
      for (int k = 0; k < indices.get(o).length; k++) {
        float weight = weights.get(o)[k];
        if (weight != 0) {
          from.get(indices.get(o)[k]).add(o);
          by.get(indices.get(o)[k]).add(weight);
        }
      }
    }
    int most = Math.max(1, from.stream().mapToInt(List::size).max().orElse(1));
    List<int[]> rows = new ArrayList<>();
    List<float[]> factors = new ArrayList<>();
    for (int i = 0; i < extent; i++) {
      int[] row = new int[most];
      float[] factor = new float[most];
      for (int k = 0; k < from.get(i).size(); k++) {
        row[k] = from.get(i).get(k);
        factor[k] = by.get(i).get(k);
      }
      rows.add(row);
      factors.add(factor);
    }
    return emit.interpolate(g, axis, rows, factors);
  }

  private static <T> List<List<T>> lists(int count) {
    List<List<T>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(new ArrayList<>());
    }
    return all;
  }

  Value reduce(Node.Reduce n, Value gradient) {
    Value x = n.x();
    Value g = emit.reshape(gradient, n.keptShape());
    double count = (double) x.shape().size() / Math.max(1, n.keptShape().size());
    return switch (n.kind()) {
      case SUM -> emit.expand(g, x.shape());
      case MEAN -> emit.expand(emit.scaled(g, 1 / count), x.shape());
      case SUM_SQUARE -> emit.product(emit.scaled(x, 2), g);
      case L1 -> emit.product(emit.function(x, Activation.Function.SIGN), g);
      case L2 -> {
        // x/√Σx²; 0 where all are 0.
        Activation positive = new Activation.Clip(Float.MIN_NORMAL, Float.POSITIVE_INFINITY);
        Value length = emit.activate(kept(n), positive);
        yield emit.product(emit.binary(Node.BinaryOp.DIV, x, length, x), g);
      }
      case LOG_SUM -> {
        Value sum = emit.reduce(x, Node.ReduceKind.SUM, n.axes());
        yield emit.expand(emit.binary(Node.BinaryOp.DIV, g, sum, g), x.shape());
      }
      case LOG_SUM_EXP -> {
        Value less = emit.binary(Node.BinaryOp.SUB, x, kept(n), x);
        yield emit.product(emit.function(less, Activation.Function.EXP), g);
      }
      case MAX -> largest(n, x, g);
      case MIN -> largest(n, emit.scaled(x, -1), g);
      case PROD -> throw GradientOperators.refused(n);
    };
  }

  private Value kept(Node.Reduce n) {
    return emit.reshape(n.output(), n.keptShape());
  }

  /** To the first largest in row-major order: a pooling whose window is the whole run. */
  private Value largest(Node.Reduce n, Value x, Value g) {
    Shape shape = x.shape();
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, shape.rank()).filter(a -> !n.axes().contains(a)).forEach(order::add);
    boolean leads = !order.isEmpty() && order.getFirst() == 0;
    order.addAll(n.axes());
    Value turned = emit.transpose(x, order);
    long first = leads ? shape.dim(0) : 1;
    int run = Math.toIntExact(shape.size() / Math.max(1, n.keptShape().size()));
    Shape rows = Shape.of(first, n.keptShape().size() / Math.max(1, first), run);
    Value flat = emit.reshape(turned, rows);
    var window = new Windowing(List.of(run), List.of(1), List.of(1), List.of(0), List.of(0));
    Value back =
        emit.add(
            new Node.PoolGradient(
                emit.name(),
                emit.reshape(g, rows.with(2, 1)),
                flat,
                Node.PoolKind.MAX,
                window,
                Collections.nCopies(1, 0),
                1,
                emit.like(flat)));
    return emit.transpose(emit.reshape(back, turned.shape()), GradientEmitter.inverse(order));
  }
}
