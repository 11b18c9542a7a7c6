package io.convlens.engine;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which values are written straight into the concatenation of channels that they end in, so that
 * nothing is copied. A value has one home: the widest concatenation that reads it. A narrower one
 * whose parts lie side by side in the same home (as in DenseNet, where each block's concatenations
 * are prefixes of the last) is then a view.
 */
final class Concatenations {
  /** A value's home, and its first channel there. */
  record Home(Value whole, long channel) {}

  private final Map<Value, Home> homes = new HashMap<>();

  Concatenations(Graph graph, Fusion fusion, Set<Value> keep) {
    Set<Value> writable = writable(graph, fusion);
    writable.removeAll(keep);
    List<Node.Concat> byWidth = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n instanceof Node.Concat c && c.axis() == 1 && isMap(c.output())) {
        byWidth.add(c);
      }
    }
    byWidth.sort(Comparator.comparingLong((Node.Concat c) -> c.output().shape().dim(1)).reversed());
    for (Node.Concat c : byWidth) {
      settle(c, writable);
    }
  }

  private static boolean isMap(Value v) {
    return v.shape().rank() >= 3 && v.shape().rank() <= 5;
  }

  private static Set<Value> writable(Graph graph, Fusion fusion) {
    Set<Value> result = new HashSet<>();
    for (Node n : graph.nodes()) {
      switch (n) {
        case Node.Conv _, Node.ChannelAffine _, Node.Pool _, Node.Activate _, Node.Concat _ -> {
          if (!fusion.isFused(n)) {
            result.add(fusion.result(n));
          }
        }
        default -> {}
      }
    }
    return result;
  }

  private void settle(Node.Concat c, Set<Value> writable) {
    Optional<Home> prefix = view(c.inputs());
    if (prefix.isPresent() && !homes.containsKey(c.output())) {
      homes.put(c.output(), prefix.get());
      return;
    }
    long channel = 0;
    for (Value v : c.inputs()) {
      if (writable.contains(v) && isMap(v) && !homes.containsKey(v) && v != c.output()) {
        homes.put(v, new Home(c.output(), channel));
      }
      channel += v.shape().dim(1);
    }
  }

  /** Where the values lie if they lie side by side, in order, in one home. */
  private Optional<Home> view(List<Value> parts) {
    Home first = homes.get(parts.getFirst());
    if (first == null) {
      return Optional.empty();
    }
    long channel = first.channel();
    for (Value v : parts) {
      Home home = homes.get(v);
      if (home == null || home.whole() != first.whole() || home.channel() != channel) {
        return Optional.empty();
      }
      channel += v.shape().dim(1);
    }
    return Optional.of(first);
  }

  /** Where a value is to be written, if not to memory of its own. */
  Optional<Home> home(Value v) {
    return Optional.ofNullable(homes.get(v));
  }
}
