package io.convlens.cli;

import io.convlens.device.DeviceStatus;
import io.convlens.device.Devices;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what can compute here, and why the rest can't. */
@Command(
    name = "devices",
    description = "Lists each usable device and, for each unusable one, why.",
    usageHelpAutoWidth = true)
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Option(names = "--json", description = "the list as JSON")
  private boolean json;

  @Option(names = "--quiet", description = "says nothing but errors")
  private boolean quiet;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<DeviceStatus> all = Devices.all();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("tool", "convlens");
      object.put("version", Version.number());
      object.put("devices", all);
      out.println(Json.text(object));
    } else if (!quiet) {
      for (DeviceStatus device : all) {
        out.println(line(device));
        device.libraries().forEach(line -> out.println(" ".repeat(9) + line));
      }
    }
    return 0;
  }

  private static String line(DeviceStatus device) {
    return "%-8s %s".formatted(device.id(), device.usable() ? "" : "not usable: ")
        + device.description();
  }
}
