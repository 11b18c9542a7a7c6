package io.convlens.engine;

import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which nodes run as one operation: a head (convolution, matrix product, a scale and shift a
 * channel, element-wise arithmetic) and the activations and residual additions that follow it. A
 * value that somebody else reads ends the run.
 */
final class Fusion {
  private final Map<Node, List<Node>> tails = new HashMap<>();
  private final Set<Node> fused = new HashSet<>();

  private final Map<Value, List<Node>> readers = new HashMap<>();
  private final Map<Value, Integer> made = new HashMap<>();
  private final Set<Value> keep;

  Fusion(Graph graph, Set<Value> keep) {
    this.keep = keep;
    List<Node> nodes = graph.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      made.put(nodes.get(i).output(), i);
      for (Value v : nodes.get(i).inputs()) {
        readers.computeIfAbsent(v, _ -> new ArrayList<>()).add(nodes.get(i));
      }
    }
    for (int i = 0; i < nodes.size(); i++) {
      if (!fused.contains(nodes.get(i))) {
        grow(nodes.get(i), i);
      }
    }
  }

  /** Without any fusion: the reference that tests compare with. */
  static Fusion none(Graph graph) {
    Set<Value> all = new HashSet<>();
    graph.nodes().forEach(n -> all.add(n.output()));
    return new Fusion(graph, all);
  }

  private void grow(Node head, int index) {
    List<Node> tail = new ArrayList<>();
    Value v = head.output();
    while (!keep.contains(v)) {
      List<Node> next = readers.getOrDefault(v, List.of());
      if (next.size() != 1 || !follows(head, v, next.getFirst(), index)) {
        break;
      }
      tail.add(next.getFirst());
      v = next.getFirst().output();
    }
    tails.put(head, tail);
    fused.addAll(tail);
  }

  private boolean follows(Node head, Value v, Node next, int index) {
    return switch (next) {
      case Node.Activate _ -> takesActivation(head);
      case Node.Binary b when b.op() == Node.BinaryOp.ADD -> takesResidual(head, b, v, index);
      default -> false;
    };
  }

  private static boolean takesActivation(Node head) {
    return switch (head) {
      case Node.Conv _,
          Node.ConvTranspose _,
          Node.Linear _,
          Node.MatMul _,
          Node.ChannelAffine _,
          Node.Binary _,
          Node.PRelu _,
          Node.Activate _ ->
          true;
      default -> false;
    };
  }

  /** The other summand must be there before the head runs, and be of the same shape. */
  private boolean takesResidual(Node head, Node.Binary add, Value v, int index) {
    Value other = add.a() == v ? add.b() : add.a();
    boolean adds =
        head instanceof Node.Conv
            || head instanceof Node.ConvTranspose
            || head instanceof Node.ChannelAffine;
    return adds
        && other != v
        && other.batched() == v.batched()
        && other.shape().equals(v.shape())
        && made.getOrDefault(other, Integer.MAX_VALUE) < index;
  }

  /** Whether the node runs as part of an earlier one. */
  boolean isFused(Node node) {
    return fused.contains(node);
  }

  /** The nodes that run with this one, in order. */
  List<Node> tail(Node head) {
    return tails.getOrDefault(head, List.of());
  }

  /** What the run that the node heads produces. */
  Value result(Node head) {
    List<Node> tail = tail(head);
    return tail.isEmpty() ? head.output() : tail.getLast().output();
  }

  /** The activations of a tail without residuals. */
  static List<Activation> activations(List<Node> tail) {
    List<Activation> functions = new ArrayList<>();
    for (Node n : tail) {
      functions.add(((Node.Activate) n).function());
    }
    return functions;
  }
}
