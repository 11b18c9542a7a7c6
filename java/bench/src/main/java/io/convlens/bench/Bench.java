package io.convlens.bench;

import io.convlens.bench.Contender.Kind;
import io.convlens.graph.Nets;
import io.convlens.io.UnusableInputException;
import io.convlens.io.WholeFile;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Times ConvLens's plain forward pass against ONNX Runtime, network by network, and writes {@code
 * bench.json} and {@code bench.md}. Networks have random weights and are written for the purpose;
 * {@code --model} times a file instead.
 *
 * <pre>{@code
 * ./convlens bench --against onnxruntime --nets resnet18,vgg16 --rounds 7
 * }</pre>
 */
@Command(
    name = "bench",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Bench.Versions.class,
    usageHelpAutoWidth = true,
    description =
        "Times ConvLens's plain forward pass against ONNX Runtime, each in a process of its own, in"
            + " turns, ONNX Runtime at its best batch size, and writes bench.json and bench.md.")
public final class Bench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--against",
      paramLabel = "PEER",
      defaultValue = "onnxruntime",
      description = "the peer: onnxruntime, or none to time ConvLens alone")
  private String against;

  @Option(
      names = "--sweep",
      description =
          "time whole occlusion sweeps (patch 16, stride 4 at 224), preparing included, against"
              + " the peer's forward pass at every position")
  private boolean sweep;

  @Option(
      names = "--gradient",
      description =
          "time a forward and a backward pass by the pictures against the forward pass alone, each"
              + " in its own batches")
  private boolean gradient;

  @Option(
      names = "--fast",
      description =
          "with --sweep: by --mode fast at its usual error. What that gains depends on how smooth"
              + " maps are, and those of random weights are flat or rough, as it happens")
  private boolean fast;

  @Option(
      names = "--nets",
      split = ",",
      paramLabel = "NAME",
      description = "the networks, by default all: ${COMPLETION-CANDIDATES}",
      completionCandidates = NetNames.class)
  private List<String> nets = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "FILE.onnx",
      description = "a file to time instead (repeatable); pictures as --size says")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "the pictures' height and width, by default what the network was made for")
  private int size;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "threads of each; 0, the default, for all cores")
  private int threads;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "turns of each, default ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--turn",
      paramLabel = "MS",
      defaultValue = "2000",
      description = "length of a turn in milliseconds, default ${DEFAULT-VALUE}")
  private long turn;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "convlens-out",
      description = "where bench.json and bench.md go, default ${DEFAULT-VALUE}")
  private Path out;

  @Option(names = "--quiet", description = "no progress on standard error")
  private boolean quiet;

  /** What {@code --version} says. */
  static final class Versions implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"ConvLens bench, ONNX Runtime " + OrtPeer.version()};
    }
  }

  /** The networks' names, for the help text. */
  static final class NetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Nets.values()).map(Nets::id).iterator();
    }
  }

  /** Runs with a command line's arguments, and exits with 0, 2 (options), 3 (model) or 1. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Like {@link #main}, and returns the exit code. */
  public static int run(String... args) {
    var line = new CommandLine(new Bench());
    line.setExecutionExceptionHandler(
        (e, commandLine, parsed) -> {
          if (e instanceof UnusableInputException) {
            commandLine.getErr().println("convlens: error: " + e.getMessage());
            return 3;
          }
          throw e;
        });
    return line.execute(args);
  }

  @Override
  public Integer call() throws IOException {
    List<Kind> kinds = kinds();
    check(rounds > 0, "--rounds must be 1 or more");
    check(turn > 0, "--turn must be 1 or more");
    check(size >= 0, "--size must be 1 or more");
    check(threads >= 0, "--threads must be 0 or more");
    int n = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    var duel = new Duel(n, rounds, turn, this::note);
    long start = System.nanoTime();
    List<BenchReport.Row> rows = new ArrayList<>();
    for (Entry entry : entries()) {
      rows.add(entry.run(duel, kinds));
      note(BenchReport.line(rows.getLast()));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    var report = new BenchReport(Machine.here(), n, rounds, turn, seconds, rows);
    var json = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    WholeFile.write(out.resolve("bench.json"), json.writeValueAsString(report) + "\n");
    WholeFile.write(out.resolve("bench.md"), markdown(report));
    if (!gradient && !against.equals("none")) {
      String what = sweep ? "A sweep over all positions" : "A plain pass";
      String title = what + ": times as fast as ONNX Runtime";
      WholeFile.write(out.resolve("bench.svg"), RatioChart.svg(title, report.rows()));
    }
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.print(markdown(report));
    stdout.flush();
    return 0;
  }

  private String markdown(BenchReport report) {
    return gradient ? report.gradients() : report.markdown();
  }

  private List<Kind> kinds() {
    if (gradient) {
      return List.of(Kind.CONVLENS, Kind.GRADIENT);
    }
    if (fast && !sweep) {
      throw new ParameterException(spec.commandLine(), "--fast needs --sweep");
    }
    Kind ours = fast ? Kind.FAST_SWEEP : sweep ? Kind.SWEEP : Kind.CONVLENS;
    return switch (against) {
      case "onnxruntime" -> List.of(ours, Kind.ONNXRUNTIME);
      case "none" -> List.of(ours);
      // For a baseline on a machine where ConvLens itself is not of interest.
      case "onnxruntime-alone" -> List.of(Kind.ONNXRUNTIME);
      default ->
          throw new ParameterException(
              spec.commandLine(), "--against " + against + ": onnxruntime or none");
    };
  }

  private List<Entry> entries() {
    if (!models.isEmpty()) {
      int side = size == 0 ? 224 : size;
      return models.stream().map(f -> Entry.of(f, side)).toList();
    }
    Stream<Nets> chosen =
        nets.isEmpty() ? Arrays.stream(Nets.values()) : nets.stream().map(this::net);
    return chosen.map(n -> Entry.of(n, size == 0 ? n.options().height() : size)).toList();
  }

  private Nets net(String id) {
    try {
      return Nets.of(id);
    } catch (IllegalArgumentException e) {
      String all = Arrays.stream(Nets.values()).map(Nets::id).collect(Collectors.joining(", "));
      throw new ParameterException(spec.commandLine(), e.getMessage() + "; there are " + all, e);
    }
  }

  private void check(boolean right, String message) {
    if (!right) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private void note(String text) {
    if (!quiet) {
      spec.commandLine().getErr().println(text);
      spec.commandLine().getErr().flush();
    }
  }

  /** What is to be timed: a known network, or a file. */
  private record Entry(String name, Optional<Nets> net, Path file, int side) {
    static Entry of(Nets net, int side) {
      return new Entry(net.title(), Optional.of(net), Path.of(""), side);
    }

    static Entry of(Path file, int side) {
      return new Entry(file.getFileName().toString(), Optional.empty(), file, side);
    }

    BenchReport.Row run(Duel duel, List<Kind> kinds) throws IOException {
      if (net.isEmpty()) {
        return run(duel, kinds, file, 0);
      }
      Path written = Files.createTempFile("convlens-bench", ".onnx");
      try {
        Nets.Built built = net.get().build(net.get().options().size(side));
        built.model().write(written);
        return run(duel, kinds, written, built.macs());
      } finally {
        Files.delete(written);
      }
    }

    private BenchReport.Row run(Duel duel, List<Kind> kinds, Path model, long macs)
        throws IOException {
      double weights = Files.size(model) / (double) (1 << 20);
      var outcome = duel.run(kinds, model, Shape.of(3, side, side));
      return BenchReport.Row.of(name, side, macs, weights, outcome);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s at %d", name, side);
    }
  }
}
