package io.convlens.gradient;

import io.convlens.engine.Session;
import io.convlens.gradient.Sharing.Case;
import io.convlens.graph.Value;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Set;

/** What a unit of a layer says of inputs, one at a time. */
final class UnitScore implements AutoCloseable {
  private final Objective objective;
  private final Session session;
  private final Tensor input;
  private final Tensor values;

  UnitScore(SizedNetwork network, Objective objective) {
    this.objective = objective;
    Set<Value> taps = Set.of(objective.of());
    int batch = network.batch(network.graph(), taps, 1);
    this.session = network.session(network.graph(), batch, taps);
    Shape one = network.graph().input().shape();
    this.input = Tensor.zeros(one.with(0, 1));
    this.values = Tensor.zeros(objective.rows(session.batch()));
  }

  /** An input with the unit's channel as its target. */
  Case of(float[] x) {
    input.copyFrom(x, 0);
    session.upload(input, 0, 1);
    session.run();
    session.download(objective.of(), 1, values, 0);
    int channel = objective.unit().orElseThrow().channel();
    return new Case(
        x, channel, objective.score(values, 0, objective.width(session.batch()), channel));
  }

  @Override
  public void close() {
    input.close();
    values.close();
    session.close();
  }
}
