package io.convlens.bench;

import io.convlens.bench.Contender.Kind;
import io.convlens.bench.Duel.Turns;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that a benchmark found, in the form of {@code bench.json}.
 *
 * @param machine where
 * @param threads of each contender
 * @param rounds turns of each
 * @param turnMilliseconds the length of a turn
 * @param seconds how long everything took
 * @param rows one a network
 */
record BenchReport(
    Machine machine,
    int threads,
    int rounds,
    long turnMilliseconds,
    double seconds,
    List<Row> rows) {

  /**
   * A network.
   *
   * @param net its name
   * @param size the pictures' height and width
   * @param macs multiply-adds a picture; 0 where unknown
   * @param weightsMebibytes the file's size: what a contender must hold at least
   * @param contenders by {@link Kind#id}
   * @param speedup ONNX Runtime's time over ConvLens's: above 1, ConvLens is faster; where
   *     gradients are timed, the gradient's time over the forward pass's
   * @param difference the answers' largest difference over their largest magnitude
   */
  record Row(
      String net,
      int size,
      long macs,
      double weightsMebibytes,
      Map<String, Result> contenders,
      Optional<Ratio> speedup,
      double difference) {

    static Row of(String net, int size, long macs, double weights, Duel.Outcome outcome) {
      Map<String, Result> results =
          outcome.turns().entrySet().stream()
              .collect(
                  Collectors.toMap(
                      e -> e.getKey().id(),
                      e -> Result.of(e.getValue(), weights),
                      (a, b) -> a,
                      TreeMap::new));
      Turns ours = ours(outcome.turns(), k -> k).orElse(null);
      Turns gradient = outcome.turns().get(Kind.GRADIENT);
      Turns theirs = gradient == null ? outcome.turns().get(Kind.ONNXRUNTIME) : gradient;
      Optional<Ratio> speedup =
          ours == null || theirs == null
              ? Optional.empty()
              : Optional.of(Ratio.of(theirs.milliseconds(), ours.milliseconds()));
      return new Row(net, size, macs, weights, results, speedup, outcome.difference());
    }
  }

  /**
   * A contender's figures.
   *
   * @param batch the batch size it ran at
   * @param milliseconds the median of the rounds, a picture
   * @param rounds the rounds, in order
   * @param memoryMebibytes the most its process took while running, less the weights
   * @param loadingMebibytes the most it ever took, loading included, less the weights
   */
  record Result(
      int batch,
      double milliseconds,
      List<Double> rounds,
      double memoryMebibytes,
      double loadingMebibytes) {
    private static Result of(Turns t, double weights) {
      return new Result(
          t.batch(),
          t.median(),
          t.milliseconds(),
          t.runningMebibytes() - weights,
          t.peakMebibytes() - weights);
    }
  }

  /** A ratio round by round. */
  record Ratio(double median, double min, double max) {
    private static Ratio of(List<Double> over, List<Double> under) {
      List<Double> r = Statistics.ratios(over, under);
      return new Ratio(Statistics.median(r), Collections.min(r), Collections.max(r));
    }
  }

  /** One row in words. */
  static String line(Row row) {
    String times =
        row.contenders().entrySet().stream()
            .map(
                e ->
                    String.format(
                        Locale.ROOT, "%s %.2f ms", e.getKey(), e.getValue().milliseconds()))
            .collect(Collectors.joining(", "));
    String ratio =
        row.speedup()
            .map(
                r ->
                    String.format(Locale.ROOT, ", %.2f× (%.2f–%.2f)", r.median(), r.min(), r.max()))
            .orElse("");
    return row.net() + ": " + times + ratio;
  }

  /** The table, with the machine below it. */
  String markdown() {
    var text = new StringBuilder();
    text.append(
        "| network | ConvLens ms | batch | ONNX Runtime ms | batch | times faster | min–max |");
    text.append(" ConvLens MiB | ONNX Runtime MiB | difference |\n");
    text.append("| --- ".repeat(10)).append("|\n");
    for (Row row : rows) {
      text.append(row(row));
    }
    text.append("\nMilliseconds a picture, median of ").append(rounds).append(" rounds in turns, ");
    text.append(threads).append(" threads each, ONNX Runtime at its best batch size of ");
    text.append(Duel.BATCHES).append("; memory of the process while running, less the weights;");
    text.append(" difference of the answers over their largest magnitude.\n\n");
    return text.append(machine).append(".\n").toString();
  }

  /** The table of gradients, with the machine below it. */
  String gradients() {
    var text = new StringBuilder();
    text.append("| network | forward ms | batch | forward and backward ms | batch | ratio |");
    text.append(" min–max | forward MiB | forward and backward MiB |\n");
    text.append("| --- ".repeat(9)).append("|\n");
    for (Row row : rows) {
      Optional<Result> forward = Optional.ofNullable(row.contenders().get(Kind.CONVLENS.id()));
      Optional<Result> both = Optional.ofNullable(row.contenders().get(Kind.GRADIENT.id()));
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s | %s |\n",
              row.net(),
              cells(forward),
              cells(both),
              ratio(row),
              memory(forward),
              memory(both)));
    }
    text.append("\nMilliseconds a picture, median of ").append(rounds).append(" rounds in turns, ");
    text.append(threads).append(" threads each; memory of the process while running, less the");
    text.append(" weights.\n\n");
    return text.append(machine).append(".\n").toString();
  }

  private static String ratio(Row row) {
    return row.speedup()
        .map(r -> String.format(Locale.ROOT, "%.2f | %.2f–%.2f", r.median(), r.min(), r.max()))
        .orElse(" | ");
  }

  /** What is said of the ConvLens that ran. */
  private static <K, V> Optional<V> ours(Map<K, V> all, Function<Kind, K> key) {
    return Stream.of(Kind.values())
        .filter(k -> k.isOurs() && all.containsKey(key.apply(k)))
        .map(k -> all.get(key.apply(k)))
        .findFirst();
  }

  private static String row(Row row) {
    Optional<Result> ours = ours(row.contenders(), Kind::id);
    Optional<Result> theirs = Optional.ofNullable(row.contenders().get(Kind.ONNXRUNTIME.id()));
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s | %.0e |\n",
        row.net(),
        cells(ours),
        cells(theirs),
        ratio(row),
        memory(ours),
        memory(theirs),
        row.difference());
  }

  private static String cells(Optional<Result> r) {
    return r.map(x -> String.format(Locale.ROOT, "%.2f | %d", x.milliseconds(), x.batch()))
        .orElse(" | ");
  }

  private static String memory(Optional<Result> r) {
    return r.map(x -> String.format(Locale.ROOT, "%.0f", x.memoryMebibytes())).orElse("");
  }
}
