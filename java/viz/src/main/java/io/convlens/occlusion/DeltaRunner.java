package io.convlens.occlusion;

import io.convlens.device.Buffer;
import io.convlens.engine.DeltaSession;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;

/** Only what a patch changes, by differences from the untouched picture. */
final class DeltaRunner implements Runner {
  private final DeltaSession session;

  /** Takes a session over, and closes it. */
  DeltaRunner(DeltaSession session) {
    this.session = session;
  }

  @Override
  public void run(Tensor pictures, int index, Visitor visitor) {
    session.run(pictures, index, visitor::visit);
  }

  @Override
  public Buffer rowsOf(Value value) {
    return session.rowsOf(value);
  }

  @Override
  public Mode engine() {
    return Mode.EXACT;
  }

  @Override
  public long macsRun() {
    return session.macsRun();
  }

  @Override
  public void close() {
    session.close();
  }
}
