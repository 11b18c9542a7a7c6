package io.convlens.graph;

import io.convlens.graph.onnx.OnnxProto.GraphProto;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import io.convlens.io.UnusableInputException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * A file's nodes: those that its outputs need, each after those that it reads, and otherwise in the
 * file's order, which by the standard fits already.
 */
final class Sorting {
  private final Path file;
  private final GraphProto graph;
  private final Map<String, Integer> makers = new HashMap<>();
  private final Set<String> given = new HashSet<>();

  Sorting(Path file, GraphProto graph) {
    this.file = file;
    this.graph = graph;
    graph.getInitializerList().stream().map(TensorProto::getName).forEach(given::add);
    graph.getInputList().stream().map(ValueInfoProto::getName).forEach(given::add);
    for (int i = 0; i < graph.getNodeCount(); i++) {
      for (String out : graph.getNode(i).getOutputList()) {
        if (!out.isEmpty() && (makers.putIfAbsent(out, i) != null || given.contains(out))) {
          throw new UnusableInputException(file, "\"" + out + "\" is made twice");
        }
      }
    }
  }

  /** Kahn's algorithm; of the nodes that are ready, the first in the file goes first. */
  List<NodeProto> neededInOrder() {
    BitSet needed = needed();
    Map<Integer, List<Integer>> readers = new HashMap<>();
    int[] missing = new int[graph.getNodeCount()];
    var ready = new PriorityQueue<Integer>();
    for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
      for (int maker : makersOfInputs(i)) {
        readers.computeIfAbsent(maker, _ -> new ArrayList<>()).add(i);
        missing[i]++;
      }
      if (missing[i] == 0) {
        ready.add(i);
      }
    }
    List<NodeProto> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int next = ready.remove();
      needed.clear(next);
      order.add(graph.getNode(next));
      for (int reader : readers.getOrDefault(next, List.of())) {
        if (--missing[reader] == 0) {
          ready.add(reader);
        }
      }
    }
    if (!needed.isEmpty()) {
      NodeProto first = graph.getNode(needed.nextSetBit(0));
      throw new UnusableInputException(
          file, Importer.where(first, Importer.nameOf(first)) + "depends on itself");
    }
    return order;
  }

  private List<Integer> makersOfInputs(int node) {
    List<Integer> found = new ArrayList<>();
    NodeProto n = graph.getNode(node);
    for (String in : n.getInputList()) {
      Integer maker = makers.get(in);
      if (maker != null) {
        found.add(maker);
      } else if (!in.isEmpty() && !given.contains(in)) {
        throw new UnusableInputException(
            file,
            Importer.where(n, Importer.nameOf(n)) + "reads \"" + in + "\", which nothing makes");
      }
    }
    return found;
  }

  private BitSet needed() {
    var needed = new BitSet();
    Deque<String> open = new ArrayDeque<>();
    graph.getOutputList().forEach(o -> open.push(o.getName()));
    while (!open.isEmpty()) {
      Integer maker = makers.get(open.pop());
      if (maker != null && !needed.get(maker)) {
        needed.set(maker);
        graph.getNode(maker).getInputList().forEach(open::push);
      }
    }
    return needed;
  }
}
