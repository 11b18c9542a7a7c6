package io.convlens.graph;

import io.convlens.graph.onnx.OnnxProto.GraphProto;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.graph.onnx.OnnxProto.ValueInfoProto;
import io.convlens.io.UnusableInputException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A file's nodes: those that its outputs need, each after those that it reads. */
final class Sorting {
  private final Path file;
  private final GraphProto graph;
  private final Map<String, NodeProto> makers = new HashMap<>();

  Sorting(Path file, GraphProto graph) {
    this.file = file;
    this.graph = graph;
    for (NodeProto n : graph.getNodeList()) {
      for (String out : n.getOutputList()) {
        if (!out.isEmpty() && makers.putIfAbsent(out, n) != null) {
          throw new UnusableInputException(file, "\"" + out + "\" is made twice");
        }
      }
    }
  }

  List<NodeProto> neededInOrder() {
    Set<NodeProto> needed = needed();
    Set<String> known = new HashSet<>();
    graph.getInitializerList().stream().map(TensorProto::getName).forEach(known::add);
    graph.getInputList().stream().map(ValueInfoProto::getName).forEach(known::add);
    List<NodeProto> order = new ArrayList<>();
    List<NodeProto> waiting = new ArrayList<>();
    for (NodeProto n : graph.getNodeList()) {
      if (needed.contains(n)) {
        waiting.add(n);
      }
    }
    while (!waiting.isEmpty()) {
      List<NodeProto> later = new ArrayList<>();
      for (NodeProto n : waiting) {
        if (n.getInputList().stream().allMatch(i -> i.isEmpty() || known.contains(i))) {
          order.add(n);
          known.addAll(n.getOutputList());
        } else {
          later.add(n);
        }
      }
      if (later.size() == waiting.size()) {
        throw stuck(later.getFirst(), known);
      }
      waiting = later;
    }
    return order;
  }

  private UnusableInputException stuck(NodeProto n, Set<String> known) {
    String missing =
        n.getInputList().stream()
            .filter(i -> !i.isEmpty() && !known.contains(i))
            .findFirst()
            .orElse("");
    String reason = makers.containsKey(missing) ? "depends on itself" : "which nothing makes";
    return new UnusableInputException(
        file, Importer.where(n, n.getName()) + "reads \"" + missing + "\", " + reason);
  }

  private Set<NodeProto> needed() {
    // By identity: a protobuf message is equal to any other of the same content.
    Set<NodeProto> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    graph.getOutputList().forEach(o -> open.push(o.getName()));
    while (!open.isEmpty()) {
      String name = open.pop();
      NodeProto maker = makers.get(name);
      if (seen.add(name) && maker != null && needed.add(maker)) {
        maker.getInputList().forEach(open::push);
      }
    }
    return needed;
  }
}
