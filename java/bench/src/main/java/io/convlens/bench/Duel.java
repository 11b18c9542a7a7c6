package io.convlens.bench;

import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Times contenders on one model in turns, A B A B, each in a process of its own that sleeps while
 * the other runs: what slows the machine down for a while then falls on both.
 *
 * @param threads how many each may use
 * @param rounds the turns of each
 * @param milliseconds the length of a turn
 * @param note told what goes on
 */
record Duel(int threads, int rounds, long milliseconds, Consumer<String> note) {
  /** The batch sizes that are tried for a contender that does not choose by itself. */
  static final List<Integer> BATCHES = List.of(1, 2, 4, 8, 16, 32);

  /** Each batch size is tried so often, and judged by its best time. */
  private static final int TRIALS = 2;

  /** A trial may be shorter than a turn: it only ranks batch sizes. */
  private static final int TRIALS_A_TURN = 4;

  /**
   * How one contender did.
   *
   * @param batch its best batch size
   * @param milliseconds a picture, one entry a round
   * @param peakMebibytes the most memory its process ever took
   * @param runningMebibytes the most it took once it was prepared
   */
  record Turns(
      int batch, List<Double> milliseconds, double peakMebibytes, double runningMebibytes) {
    double median() {
      return Statistics.median(milliseconds);
    }
  }

  /**
   * What came out.
   *
   * @param turns how each did
   * @param difference the largest difference of the answers to the first picture over their largest
   *     magnitude; 0 with one contender
   */
  record Outcome(Map<Contender.Kind, Turns> turns, double difference) {}

  /** Times them. The first batch size tried is 1; {@code picture} is the shape without a batch. */
  Outcome run(List<Contender.Kind> kinds, Path model, Shape picture) {
    Map<Contender.Kind, Child> children = new EnumMap<>(Contender.Kind.class);
    try {
      Map<Contender.Kind, Integer> batches = new EnumMap<>(Contender.Kind.class);
      for (Contender.Kind kind : kinds) {
        batches.put(kind, bestBatch(kind, model, picture));
      }
      for (Contender.Kind kind : kinds) {
        var child = new Child(kind, model, picture, threads);
        children.put(kind, child);
        child.prepare(batches.get(kind));
      }
      return fight(children, batches);
    } finally {
      children.values().forEach(Child::close);
    }
  }

  /** In a process of its own, since memory that a larger batch took would stay. */
  private int bestBatch(Contender.Kind kind, Path model, Shape picture) {
    Map<Integer, Double> times = new LinkedHashMap<>();
    try (var child = new Child(kind, model, picture, threads)) {
      OptionalInt own = child.ownBatch();
      if (own.isPresent()) {
        return own.getAsInt();
      }
      for (int trial = 0; trial < TRIALS; trial++) {
        for (int batch : BATCHES) {
          child.prepare(batch);
          double t = child.millisecondsAPicture(milliseconds / TRIALS_A_TURN);
          times.merge(batch, t, Math::min);
        }
      }
    }
    note.accept("  " + kind.title() + ", ms a picture by batch size: " + words(times));
    return Collections.min(times.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  private static String words(Map<Integer, Double> times) {
    return times.entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "%d: %.2f", e.getKey(), e.getValue()))
        .collect(Collectors.joining(", "));
  }

  private Outcome fight(Map<Contender.Kind, Child> children, Map<Contender.Kind, Integer> batches) {
    // A gradient answers another question.
    boolean comparable = !children.containsKey(Contender.Kind.GRADIENT);
    double difference = comparable ? difference(List.copyOf(children.values())) : 0;
    Map<Contender.Kind, Double> peaks = new EnumMap<>(Contender.Kind.class);
    Map<Contender.Kind, List<Double>> times = new EnumMap<>(Contender.Kind.class);
    children.forEach(
        (kind, child) -> {
          peaks.put(kind, child.peakMebibytes());
          times.put(kind, new ArrayList<>());
          child.forgetPeak();
        });
    for (int round = 0; round < rounds; round++) {
      for (var entry : children.entrySet()) {
        times.get(entry.getKey()).add(entry.getValue().millisecondsAPicture(milliseconds));
      }
    }
    Map<Contender.Kind, Turns> turns = new EnumMap<>(Contender.Kind.class);
    children.forEach(
        (kind, child) -> {
          double running = child.peakMebibytes();
          double peak = Math.max(running, peaks.get(kind));
          turns.put(kind, new Turns(batches.get(kind), times.get(kind), peak, running));
        });
    return new Outcome(turns, difference);
  }

  /** Compares what all say of the first picture with what the first says. */
  private static double difference(List<Child> children) {
    double largest = 0;
    try {
      Path folder = Files.createTempDirectory("convlens-bench");
      try {
        float[] first = {};
        for (Child child : children) {
          Path file = folder.resolve("answer.npy");
          child.answer(file);
          float[] answer = read(file);
          Files.delete(file);
          first = first.length == 0 ? answer : first;
          largest = Math.max(largest, Statistics.relativeDifference(first, answer));
        }
      } finally {
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return largest;
  }

  private static float[] read(Path npy) {
    try (Tensor t = Npy.read(npy)) {
      return t.toArray();
    }
  }
}
