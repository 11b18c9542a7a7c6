package io.convlens.cli;

import io.convlens.device.DeviceInfo;
import io.convlens.io.WholeFile;
import io.convlens.network.Network;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

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

  /** What was added so far. */
  Map<String, Object> results() {
    return results;
  }

  void result(String name, Object value) {
    results.put(name, value);
  }

  /** Writes the file, and the same to stdout where that was asked for. */
  void write(Path file, Network network, Voice voice) {
    write(file, Optional.of(network), voice);
  }

  /** Likewise, where a command may do without a network. */
  void write(Path file, Optional<Network> network, Voice voice) {
    String text = Json.text(all(network));
    WholeFile.write(file, text + "\n");
    voice.summary(text);
  }

  private Map<String, Object> all(Optional<Network> network) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("tool", "convlens");
    all.put("version", Version.number());
    all.put("command", command);
    Optional<DeviceInfo> device = network.map(n -> n.device().info());
    all.put("model", network.map(n -> n.file().toString()).orElse(null));
    all.put("sha256", network.map(Network::sha256).orElse(null));
    all.put("device", device.map(DeviceInfo::id).orElse("cpu"));
    all.put("deviceName", device.map(DeviceInfo::name).orElse(null));
    all.put("library", device.map(DeviceInfo::library).orElse(null));
    all.put("precision", device.map(d -> d.precision().toString()).orElse("fp32"));
    all.put("options", options);
    all.putAll(results);
    all.put("seconds", (System.nanoTime() - start) / 1e9);
    return all;
  }
}
