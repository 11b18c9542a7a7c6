package io.convlens.device.cuda;

import java.util.ArrayList;
import java.util.List;

/**
 * Keeps the host a few steps ahead of the device and no more: far enough that the device never
 * waits, near enough that progress is told as it is and stopping is soon.
 */
final class Pace implements AutoCloseable {
  /** One step runs, one is queued, one is being prepared. */
  private static final int STEPS = 3;

  private final GpuContext context;
  private final CudaStream stream;
  private final List<CudaEvent> marks = new ArrayList<>();
  private int steps;

  Pace(GpuContext context, CudaStream stream) {
    this.context = context;
    this.stream = stream;
  }

  /** A step is queued; waits for the one that was queued some steps ago. */
  void step() {
    if (marks.size() < STEPS) {
      marks.add(new CudaEvent(context, false));
    }
    CudaEvent mark = marks.get(steps % STEPS);
    mark.await();
    mark.record(stream);
    steps++;
  }

  /** The mark behind the last step. */
  CudaEvent last() {
    if (steps == 0) {
      throw new IllegalStateException("no step yet");
    }
    return marks.get((steps - 1) % STEPS);
  }

  @Override
  public void close() {
    Closing.all(marks);
    marks.clear();
  }
}
