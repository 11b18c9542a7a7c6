package io.convlens.gradient;

import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;

/**
 * What all methods are given.
 *
 * @param network of inputs of one size
 * @param options how
 * @param objective what is differentiated
 * @param frame how inputs lie
 * @param pictures how many there will be
 */
record Setting(
    SizedNetwork network,
    SaliencyOptions options,
    Objective objective,
    Frame frame,
    long pictures) {
  Value input() {
    return network.graph().input();
  }

  /** Whose elements get the shares: the layer that was asked for, or the input. */
  Value to() {
    if (options.layer().isEmpty() || objective.unit().isPresent()) {
      return input();
    }
    String name = options.layer().get();
    Layer layer = network.graph().layer(name);
    if (layer.value() == null) {
      throw new UnusableOptionException("layer '" + name + "' does not depend on the picture");
    }
    return layer.value();
  }

  Noise noise() {
    return new Noise(options.seed());
  }

  /** The one baseline of an input. */
  float[] baseline(float[] x) {
    if (options.baseline() instanceof Baseline.Given g && g.inputs().size() > 1) {
      throw new UnusableOptionException(
          "%s takes one baseline, not %d".formatted(options.method(), g.inputs().size()));
    }
    return options.baseline().of(x, frame, noise(), 0);
  }
}
