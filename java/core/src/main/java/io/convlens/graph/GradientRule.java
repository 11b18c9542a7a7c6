package io.convlens.graph;

import java.util.Locale;

/**
 * What a ReLU-like activation does to the gradient that comes back through it. Activations that are
 * not {@link Activation#isReluLike} pass their true gradient under every rule.
 */
public enum GradientRule {
  /** The true gradient: passes where the unit was open. */
  GRADIENT,
  /** Passes what is positive where the unit was open (Springenberg et al. 2014). */
  GUIDED,
  /** Passes what is positive, whatever the unit did (Zeiler and Fergus 2013). */
  DECONVNET;

  /** Whether the rule lets a gradient through a ReLU-like unit at all. */
  public boolean passes(boolean open, double gradient) {
    return switch (this) {
      case GRADIENT -> open;
      case GUIDED -> open && gradient > 0;
      case DECONVNET -> gradient > 0;
    };
  }

  /** The gradient before a function, given the one after it, in double precision. */
  public double apply(Activation function, double gradient, double x) {
    if (function.isReluLike()) {
      return passes(function.derivative(x) != 0, gradient) ? gradient : 0;
    }
    return gradient * function.derivative(x);
  }

  /** The word of messages. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
