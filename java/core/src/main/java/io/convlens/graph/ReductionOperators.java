package io.convlens.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reductions, and softmax. */
final class ReductionOperators {
  private ReductionOperators() {}

  static void register(Map<String, Operator> all) {
    Map<String, Node.ReduceKind> kinds =
        Map.of(
            "ReduceSum", Node.ReduceKind.SUM,
            "ReduceMean", Node.ReduceKind.MEAN,
            "ReduceMax", Node.ReduceKind.MAX,
            "ReduceMin", Node.ReduceKind.MIN,
            "ReduceProd", Node.ReduceKind.PROD,
            "ReduceL1", Node.ReduceKind.L1,
            "ReduceL2", Node.ReduceKind.L2,
            "ReduceSumSquare", Node.ReduceKind.SUM_SQUARE,
            "ReduceLogSum", Node.ReduceKind.LOG_SUM,
            "ReduceLogSumExp", Node.ReduceKind.LOG_SUM_EXP);
    kinds.forEach((op, kind) -> all.put(op, n -> reduce(n, kind)));
    all.put("Softmax", n -> softmax(n, false));
    all.put("LogSoftmax", n -> softmax(n, true));
  }

  private static void reduce(NodeReader n, Node.ReduceKind kind) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    Optional<long[]> asked = n.axes(1).filter(a -> a.length > 0);
    if (asked.isEmpty() && n.integer("noop_with_empty_axes", 0) != 0) {
      n.output(x);
      return;
    }
    List<Integer> axes =
        asked
            .map(a -> Arrays.stream(a).mapToObj(i -> n.axis(i, rank)).distinct().sorted().toList())
            .orElseGet(() -> IntStream.range(0, rank).boxed().toList());
    n.output(n.emit().reduce(x, kind, axes, n.integer("keepdims", 1) != 0));
  }

  /** Before opset 13, over all axes from one on; since then over one. */
  private static void softmax(NodeReader n, boolean log) {
    boolean old = n.opset() < 13;
    Value x = n.value(0);
    int rank = x.shape().rank();
    if (rank == 0) {
      throw n.refuse("runs over a single number");
    }
    int from = n.axis(n.integer("axis", old ? Math.min(1, rank - 1) : -1), rank);
    int to = old ? rank : from + 1;
    Emitter.keepApart(n.input(0), from > 0);
    n.emit(x.shape(), x, y -> new Node.Softmax(n.name(), x, from, to, log, y));
  }
}
