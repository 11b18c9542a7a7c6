package io.convlens.network;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** What a network said of pictures. Immutable. */
public final class Predictions {
  private final int classes;
  private final float[] outputs;
  private final float[] probabilities;
  private final float[] logits;

  Predictions(int classes, float[] outputs, float[] probabilities, float[] logits) {
    this.classes = classes;
    this.outputs = outputs;
    this.probabilities = probabilities;
    this.logits = logits;
  }

  /** The number of classes. */
  public int classes() {
    return classes;
  }

  /** The number of pictures. */
  public int pictures() {
    return outputs.length / classes;
  }

  /** The network's output for a picture, as it is: {@link #classes} numbers. */
  public float[] output(int picture) {
    return row(outputs, picture);
  }

  private float[] row(float[] of, int picture) {
    return Arrays.copyOfRange(of, picture * classes, (picture + 1) * classes);
  }

  /** A class's score for a picture. */
  public float score(int picture, int index, ScoreKind kind) {
    return (kind == ScoreKind.LOGIT ? logits : probabilities)[picture * classes + index];
  }

  /** The class with the largest probability; the first of equals. */
  public int best(int picture) {
    return top(picture, 1).getFirst();
  }

  /** The {@code k} classes with the largest probabilities, best first, equals by index. */
  public List<Integer> top(int picture, int k) {
    float[] p = row(probabilities, picture);
    float[] l = row(logits, picture);
    return IntStream.range(0, classes)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer i) -> p[i])
                .thenComparingDouble(i -> l[i])
                .reversed()
                .thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .toList();
  }
}
