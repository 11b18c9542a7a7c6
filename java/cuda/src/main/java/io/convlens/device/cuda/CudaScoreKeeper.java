package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.convlens.device.Buffer;
import io.convlens.device.ScoreKeeper;
import io.convlens.device.ScoreSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * Scores gathered on the device. One block holds the target's number, a mark for rows with elements
 * that are no finite numbers, and the scores; one copy brings it back.
 */
final class CudaScoreKeeper implements ScoreKeeper {
  private static final int SOFTMAX = 1;
  private static final long TARGET = 0;
  private static final long MARK = TARGET + Integer.BYTES;
  private static final long SCORES = MARK + Integer.BYTES;

  private final CudaDevice device;
  private final ScoreSpec spec;
  private final String problem;
  private final DeviceMemory memory;
  private final Pace pace;
  private int done;
  private boolean closed;

  CudaScoreKeeper(CudaDevice device, ScoreSpec spec) {
    this.device = device;
    this.spec = spec;
    this.problem = "scores of " + spec;
    long floats = Math.multiplyExact((long) spec.rows(), spec.columns());
    this.memory = device.memory(SCORES + floats * Float.BYTES);
    this.pace = device.pace();
  }

  @Override
  public void start() {
    device.enter();
    done = 0;
    device.fill(memory.address() + TARGET, spec.target().orElse(0), problem);
    device.fill(memory.address() + MARK, 0, problem);
  }

  @Override
  public void keep(Buffer rows, int count) {
    Objects.checkFromIndexSize(done, count, spec.rows());
    device.enter();
    long logits = device.own(rows).address();
    if (done == 0 && spec.target().isEmpty()) {
      Words first = new Words().put(logits, memory.address() + TARGET, spec.classes());
      device.launch(Operation.STRONGEST, first.toArray(), problem);
    }
    long targets = spec.all() ? 0 : memory.address() + TARGET;
    Words words =
        new Words()
            .put(logits, targets, memory.address() + SCORES)
            .put(count, spec.classes(), spec.classes(), spec.columns())
            .put(done, spec.columns(), spec.softmax() ? SOFTMAX : 0)
            .put(memory.address() + MARK);
    device.launch(Operation.SCORES, words.toArray(), problem);
    done += count;
    pace.step();
  }

  @Override
  public Kept read() {
    device.enter();
    float[] scores = new float[done * spec.columns()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(SCORES + (long) scores.length * Float.BYTES);
      device.download(pace.last(), memory.address(), all);
      MemorySegment.copy(all, JAVA_FLOAT, SCORES, scores, 0, scores.length);
      return new Kept(all.get(JAVA_INT, TARGET), all.get(JAVA_INT, MARK) == 0, scores);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(this, List.of(memory, pace));
    }
  }
}
