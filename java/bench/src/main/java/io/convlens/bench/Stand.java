package io.convlens.bench;

import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The program of a child process: one {@link Contender}, which does what its parent says on
 * standard input and sleeps in between, so that contenders in two processes don't disturb each
 * other. A command a line, an answer a line, each answer after {@link #MARK}:
 *
 * <pre>
 * batch             BATCH it chooses by itself, or 0
 * prepare BATCH     ready
 * time MILLISECONDS runs MEDIAN_NANOSECONDS, a run
 * forget            forgotten: the peak of memory starts anew
 * memory            peak KIBIBYTES
 * answer FILE.npy   written
 * </pre>
 */
final class Stand {
  /** What answers start with; other lines are what libraries print. */
  static final String MARK = "@bench ";

  /** What the line starts with that says why a model can't be run. */
  static final String REFUSED = MARK + "refused: ";

  /** Fewer runs have no median to speak of. */
  private static final int LEAST_RUNS = 3;

  /** Runs of many seconds need none: their own length evens out what disturbs them. */
  private static final int LONGEST_TURN = 4;

  private final Contender contender;
  private final PrintStream out;

  private Stand(Contender contender, PrintStream out) {
    this.contender = contender;
    this.out = out;
  }

  /** Arguments: kind, model file, threads, extents of a picture. */
  public static void main(String[] args) throws IOException {
    Contender.Kind kind = Contender.Kind.valueOf(args[0]);
    int threads = Integer.parseInt(args[2]);
    long[] dims = Arrays.stream(args).skip(3).mapToLong(Long::parseLong).toArray();
    try (var contender = Contender.load(kind, Path.of(args[1]), Shape.of(dims), threads)) {
      new Stand(contender, System.out).serve();
    } catch (UnusableInputException | OrtPeer.RefusedException e) {
      System.out.println(REFUSED + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private void serve() throws IOException {
    say("ready");
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int space = line.indexOf(' ');
      String command = space < 0 ? line : line.substring(0, space);
      say(answer(command, line.substring(space + 1)));
    }
  }

  private String answer(String command, String argument) throws IOException {
    return switch (command) {
      case "batch" -> Integer.toString(contender.ownBatch().orElse(0));
      case "prepare" -> prepare(Integer.parseInt(argument));
      case "time" -> time(Long.parseLong(argument) * 1_000_000);
      case "forget" -> forgetPeak();
      case "memory" -> "peak " + peakKibibytes();
      case "answer" -> write(Path.of(argument));
      default -> throw new IllegalArgumentException(command);
    };
  }

  private String prepare(int batch) {
    contender.prepare(batch);
    contender.run();
    return "ready";
  }

  /** Linux: 5 sets the peak of the resident set to what is resident now. */
  private static String forgetPeak() throws IOException {
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    return "forgotten";
  }

  private String write(Path npy) {
    float[] values = contender.answer();
    try (var t = Tensor.of(Shape.of(values.length), values)) {
      Npy.write(npy, t);
    }
    return "written";
  }

  private String time(long nanos) {
    long[] times = new long[1024];
    int n = 0;
    long start = System.nanoTime();
    long now = start;
    while (n == 0
        || now - start < nanos
        || (n < LEAST_RUNS && now - start < LONGEST_TURN * nanos)) {
      contender.run();
      long end = System.nanoTime();
      if (n == times.length) {
        times = Arrays.copyOf(times, 2 * n);
      }
      times[n++] = end - now;
      now = end;
    }
    Arrays.sort(times, 0, n);
    return n + " " + times[n / 2];
  }

  private static long peakKibibytes() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/status"));
    String peak = lines.stream().filter(l -> l.startsWith("VmHWM:")).findFirst().orElseThrow();
    return Long.parseLong(peak.replaceAll("\\D", ""));
  }

  private void say(String answer) {
    out.println(MARK + answer);
    out.flush();
  }
}
