package io.convlens.cli;

import io.convlens.device.DeviceInfo;
import io.convlens.io.WholeFile;
import io.convlens.network.Network;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What every command's JSON holds besides its results. */
final class Summary {
  private final long start = System.nanoTime();
  private final Map<String, Object> options = new LinkedHashMap<>();
  private final Map<String, Object> results = new LinkedHashMap<>();
  private final String command;

  Summary(String command) {
    this.command = command;
  }

  /** The options, to be filled. */
  Map<String, Object> options() {
    return options;
  }

  void result(String name, Object value) {
    results.put(name, value);
  }

  /** Writes the file, and the same to stdout where that was asked for. */
  void write(Path file, Network network, Voice voice) {
    String text = Json.text(all(network));
    WholeFile.write(file, text + "\n");
    voice.summary(text);
  }

  private Map<String, Object> all(Network network) {
    DeviceInfo device = network.device().info();
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("tool", "convlens");
    all.put("version", Version.number());
    all.put("command", command);
    all.put("model", network.file().toString());
    all.put("sha256", network.sha256());
    all.put("device", device.id());
    all.put("deviceName", device.name());
    all.put("library", device.library());
    all.put("precision", device.precision().toString());
    all.put("options", options);
    all.putAll(results);
    all.put("seconds", (System.nanoTime() - start) / 1e9);
    return all;
  }
}
