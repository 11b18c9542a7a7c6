package io.convlens.engine;

import io.convlens.engine.DeltaStep.Term;
import io.convlens.graph.Activation;
import io.convlens.graph.Value;
import java.util.List;

/** How a value changes, while a {@link DeltaPlan} is made. */
sealed interface Delta {
  /** By a sum. */
  record Sum(List<Term> terms) implements Delta {
    /** Copies the list. */
    public Sum {
      terms = List.copyOf(terms);
    }
  }

  /** By f(base + sum) − f(base), not computed yet: more activations may follow. */
  record Applied(Value base, List<Term> terms, List<Activation> functions) implements Delta {
    /** Copies the lists. */
    public Applied {
      terms = List.copyOf(terms);
      functions = List.copyOf(functions);
    }
  }
}
