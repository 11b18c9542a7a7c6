package io.convlens.cli;

import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.NetworkOptions;
import io.convlens.selftest.Finding;
import io.convlens.selftest.SelfTest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a device computes what it should. */
@Command(
    name = "selftest",
    description =
        "Runs every operation and kernel on a device against the CPU, at the shapes of the usual"
            + " networks, and lists the largest errors. Ends with 1 if one is too large.",
    footer = {
      "",
      "Examples:",
      "  convlens selftest --device cuda",
      "  convlens selftest --device cuda:1 --precision tf32 --json"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class SelftestCommand implements Callable<Integer> {
  private static final String ROW = "%-16s %-14s %6s %12s %12s  %s";

  @Spec private CommandSpec spec;
  @Mixin private DeviceArguments deviceArguments;

  @Option(
      names = "--some",
      paramLabel = "N",
      defaultValue = "1",
      description = "one in N of all operations, for a short look")
  private int some;

  @Option(names = "--json", description = "the findings as JSON on stdout, and nothing else there")
  private boolean json;

  @Option(names = "--quiet", description = "says nothing but errors")
  private boolean quiet;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  /** What was found of one operation in one way. */
  private static final class Row {
    int count;
    Finding worst;

    Row(Finding first) {
      this.worst = first;
    }

    void add(Finding finding) {
      count++;
      // The one that is furthest over what it may be.
      worst = over(finding) > over(worst) ? finding : worst;
    }

    private static double over(Finding f) {
      return f.error() - f.tolerance();
    }
  }

  @Override
  public Integer call() {
    if (some < 1) {
      throw new UnusableOptionException("--some " + some + ": 1 or more");
    }
    NetworkOptions options = deviceArguments.options();
    var voice = new Voice(spec.commandLine().getOut(), spec.commandLine().getErr(), json, quiet);
    List<Finding> findings = new ArrayList<>();
    DeviceInfo info;
    try (Device device = Devices.open(options.device(), options.opened());
        Device reference = Devices.open("cpu", new DeviceOptions(1))) {
      info = device.info();
      voice.say(
          "%s: %s, %s, %s".formatted(info.id(), info.name(), info.library(), info.precision()));
      var test = new SelfTest(device, reference).some(some);
      if (test.cuts()) {
        voice.note(
            "an emulator is slow: networks' operations run on a part of their rows and columns");
      }
      test.run(findings::add);
    }
    Map<String, Row> rows = new LinkedHashMap<>();
    for (Finding f : findings) {
      rows.computeIfAbsent(f.operation() + "\t" + f.way(), _ -> new Row(f)).add(f);
    }
    print(rows, voice);
    long failed = findings.stream().filter(f -> !f.passes()).count();
    voice.say("%d passed, %d failed".formatted(findings.size() - failed, failed));
    voice.summary(Json.text(summary(info, findings)));
    return failed == 0 ? 0 : 1;
  }

  private static void print(Map<String, Row> rows, Voice voice) {
    voice.say(ROW.formatted("operation", "way", "cases", "error", "tolerance", "worst case"));
    for (Row row : rows.values()) {
      Finding f = row.worst;
      voice.say(
          ROW.formatted(
              f.operation(),
              f.way(),
              row.count,
              "%.1e".formatted(f.error()),
              "%.1e".formatted(f.tolerance()),
              (f.passes() ? "" : "FAILED: ") + f.source() + " " + f.problem()));
    }
  }

  private static Map<String, Object> summary(DeviceInfo device, List<Finding> findings) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("tool", "convlens");
    all.put("version", Version.number());
    all.put("command", "selftest");
    all.put("device", device.id());
    all.put("deviceName", device.name());
    all.put("library", device.library());
    all.put("precision", device.precision().toString());
    all.put("findings", findings);
    return all;
  }
}
