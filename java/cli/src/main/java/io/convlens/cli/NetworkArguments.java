package io.convlens.cli;

import io.convlens.network.Labels;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which network, and where it runs. */
final class NetworkArguments {
  @Option(names = "--model", required = true, paramLabel = "FILE.onnx", description = "the network")
  private Path model;

  @Option(names = "--labels", paramLabel = "FILE", description = "the classes' names, one a line")
  private @Nullable Path labels;

  @Mixin private DeviceArguments deviceArguments;

  /** Loads the network and says which device was chosen, where that was left open. */
  Network load(Voice voice) {
    NetworkOptions options = deviceArguments.options();
    if (labels != null) {
      options = options.withLabels(Labels.read(labels));
    }
    Network network = Network.load(model, options);
    deviceArguments.announce(network, voice);
    return network;
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("labels", Optional.ofNullable(labels).map(Path::toString).orElse(null));
    deviceArguments.describe(options);
  }
}
