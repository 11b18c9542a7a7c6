package io.convlens.device;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;

/** Keeps scores in the host's memory, for devices that are near it. */
final class HostScoreKeeper implements ScoreKeeper {
  private final Device device;
  private final ScoreSpec spec;
  private final float[] scores;
  private Tensor part;
  private int done;
  private int target;
  private boolean finite;

  HostScoreKeeper(Device device, ScoreSpec spec) {
    this.device = device;
    this.spec = spec;
    this.scores = new float[Math.multiplyExact(spec.rows(), spec.columns())];
    this.part = Tensor.zeros(Shape.of(1, spec.classes()));
    start();
  }

  @Override
  public void start() {
    done = 0;
    finite = true;
    target = spec.target().orElse(0);
  }

  @Override
  public void keep(Buffer rows, int count) {
    Objects.checkFromIndexSize(done, count, spec.rows());
    if (part.shape().dim(0) < count) {
      part.close();
      part = Tensor.zeros(Shape.of(count, spec.classes()));
    }
    device.download(rows, (long) count * spec.classes(), part, 0);
    for (int row = 0; row < count; row++) {
      add((long) row * spec.classes());
    }
  }

  private void add(long from) {
    if (spec.softmax()) {
      softmax(from);
    }
    for (int c = 0; c < spec.classes() && finite; c++) {
      finite = Float.isFinite(part.get(from + c));
    }
    if (done == 0 && spec.target().isEmpty()) {
      target = strongest(from);
    }
    int first = spec.all() ? 0 : target;
    for (int c = 0; c < spec.columns(); c++) {
      scores[done * spec.columns() + c] = part.get(from + first + c);
    }
    done++;
  }

  /** In double precision, below the largest, so that no exponential is too large. */
  private void softmax(long from) {
    long to = from + spec.classes();
    double max = Double.NEGATIVE_INFINITY;
    for (long j = from; j < to; j++) {
      max = Math.max(max, part.get(j));
    }
    double sum = 0;
    for (long j = from; j < to; j++) {
      sum += Math.exp(part.get(j) - max);
    }
    for (long j = from; j < to; j++) {
      part.set(j, (float) (Math.exp(part.get(j) - max) / sum));
    }
  }

  /** The index of a row's largest number; the first of equals. */
  private int strongest(long from) {
    int best = 0;
    for (int i = 1; i < spec.classes(); i++) {
      if (part.get(from + i) > part.get(from + best)) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public Kept read() {
    return new Kept(target, finite, Arrays.copyOf(scores, done * spec.columns()));
  }

  @Override
  public void close() {
    part.close();
  }
}
