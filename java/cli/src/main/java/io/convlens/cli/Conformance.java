package io.convlens.cli;

import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.NodeCase;
import io.convlens.graph.Value;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Runs every ONNX test case below some folders, one line a case: what {@code ci/conformance} calls.
 */
@Command(
    name = "conformance",
    description = "Runs every ONNX test case (folders with model.onnx and test_data_set_*).",
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Conformance implements Callable<Integer> {
  /** How a case ended. */
  enum Outcome {
    PASSED,
    REFUSED,
    FAILED
  }

  /**
   * What came of a case.
   *
   * @param outcome how it ended
   * @param reason why, unless it passed
   */
  record Verdict(Outcome outcome, String reason) {
    private static final Verdict PASSED = new Verdict(Outcome.PASSED, "");

    @Override
    public String toString() {
      String word = outcome.name().toLowerCase(Locale.ROOT);
      return reason.isEmpty() ? word : word + ": " + reason;
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description = "auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE})")
  private String device;

  @Parameters(arity = "1..*", paramLabel = "DIR", description = "where cases are")
  private List<Path> folders = new ArrayList<>();

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  /** Runs the cases and ends the process: 0 if none failed. */
  public static void main(String[] args) {
    System.exit(ConvLens.run(new Conformance(), args));
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Map<Outcome, Integer> counts = new LinkedHashMap<>();
    List.of(Outcome.values()).forEach(o -> counts.put(o, 0));
    try (Device opened = Devices.open(device, DeviceOptions.DEFAULT)) {
      for (Path root : folders) {
        if (!Files.isDirectory(root)) {
          throw new UnusableInputException(root, "no such folder");
        }
        for (Path folder : NodeCase.folders(root)) {
          Verdict verdict = judge(opened, folder);
          counts.merge(verdict.outcome(), 1, Integer::sum);
          out.println(name(root, folder) + ": " + verdict);
        }
      }
    }
    int cases = counts.values().stream().mapToInt(Integer::intValue).sum();
    if (cases == 0) {
      throw new UnusableInputException(folders.getFirst(), "no ONNX test cases in it");
    }
    out.printf(
        "%d passed, %d refused, %d failed%n",
        counts.get(Outcome.PASSED), counts.get(Outcome.REFUSED), counts.get(Outcome.FAILED));
    return counts.get(Outcome.FAILED) > 0 ? 1 : 0;
  }

  private static String name(Path root, Path folder) {
    Path relative = root.relativize(folder);
    return relative.toString().isEmpty()
        ? String.valueOf(folder.getFileName())
        : relative.toString();
  }

  /** Runs all data sets of a case. */
  static Verdict judge(Device device, Path folder) throws IOException {
    List<Path> sets = NodeCase.dataSets(folder);
    if (sets.isEmpty()) {
      return new Verdict(Outcome.REFUSED, "no test_data_set_0 in it");
    }
    for (Path set : sets) {
      try (NodeCase c = NodeCase.open(folder, set)) {
        Optional<String> wrong = run(device, c);
        if (wrong.isPresent()) {
          return new Verdict(Outcome.FAILED, wrong.get());
        }
      } catch (UnusableInputException e) {
        return new Verdict(Outcome.REFUSED, withoutFile(String.valueOf(e.getMessage())));
      } catch (DeviceException e) {
        boolean refused = e.kind() == DeviceException.Kind.UNSUPPORTED;
        return new Verdict(
            refused ? Outcome.REFUSED : Outcome.FAILED, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        return new Verdict(Outcome.FAILED, Failure.of(e).reason());
      }
    }
    return Verdict.PASSED;
  }

  private static String withoutFile(String message) {
    int colon = message.indexOf(": ");
    return colon < 0 ? message : message.substring(colon + 2);
  }

  private static Optional<String> run(Device device, NodeCase c) {
    List<Tensor> outputs = new ArrayList<>();
    try {
      c.graph().outputs().forEach(v -> outputs.add(Tensor.zeros(v.shape())));
      // Of arrays without elements there is nothing to run.
      boolean empty = outputs.stream().allMatch(t -> t.size() == 0);
      if (c.input().isPresent() && !empty) {
        run(device, c.graph(), c.input().get(), outputs);
      }
      return c.mismatch(outputs);
    } finally {
      outputs.forEach(Tensor::close);
    }
  }

  private static void run(Device device, Graph graph, Tensor input, List<Tensor> outputs) {
    try (Session session = Session.prepare(device, graph, graph.baseBatch(), Set.of())) {
      session.upload(input, 0, graph.baseBatch());
      session.run();
      for (int i = 0; i < outputs.size(); i++) {
        Value v = graph.outputs().get(i);
        int rows = v.shape().rank() == 0 ? 1 : v.shape().intDim(0);
        session.download(v, rows, outputs.get(i), 0);
      }
    }
  }
}
