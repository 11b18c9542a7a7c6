package io.convlens.engine;

import io.convlens.device.Spec;
import io.convlens.graph.Activation;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One step of the way that a change takes through a network: see {@link DeltaPlan}. */
sealed interface DeltaStep {
  /**
   * Changes that are added to some channels of a map.
   *
   * @param channel the first of these channels
   * @param scale one factor a channel, or none
   */
  record Term(DeltaBuffer buffer, int channel, @Nullable Tensor scale) {}

  /** The patches' own change of the picture. */
  record Patch(DeltaBuffer to) implements DeltaStep {}

  /**
   * A convolution of the change, without bias; the window's own zeros take the place of context.
   */
  record Convolve(Node.Conv node, DeltaBuffer from, DeltaBuffer to) implements DeltaStep {}

  /**
   * The sum of changes, or what that makes of a base.
   *
   * @param base none where the result is the change itself
   */
  record Gather(
      List<Term> terms,
      Optional<Value> base,
      List<Activation> functions,
      Spec.Windowed result,
      DeltaBuffer to)
      implements DeltaStep {
    /** Copies the lists. */
    public Gather {
      terms = List.copyOf(terms);
      functions = List.copyOf(functions);
    }
  }

  /**
   * A node whose output at a place needs nothing but its inputs there, on rebuilt values; all
   * windows lie alike.
   */
  record Placewise(Node node, List<DeltaBuffer> from, DeltaBuffer to) implements DeltaStep {
    /** Copies the list. */
    public Placewise {
      from = List.copyOf(from);
    }
  }

  /** Pooling of what the change makes of the base. */
  record Pool(Node.Pool node, DeltaBuffer from, DeltaBuffer to) implements DeltaStep {}

  /** f(base + sum) over the whole map: what the rest of the network goes on with. */
  record Seed(List<Term> terms, Value base, List<Activation> functions, Value seed)
      implements DeltaStep {
    /** Copies the lists. */
    public Seed {
      terms = List.copyOf(terms);
      functions = List.copyOf(functions);
    }
  }
}
