package io.convlens.engine;

import io.convlens.device.Spec;
import java.util.List;

/** One prepared operation of a program, its operands in the order of the specification. */
record Step(String label, Spec spec, List<Place> operands) {
  Step {
    operands = List.copyOf(operands);
  }

  @Override
  public String toString() {
    return label + " " + spec;
  }
}
