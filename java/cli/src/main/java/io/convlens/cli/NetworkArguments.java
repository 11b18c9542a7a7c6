package io.convlens.cli;

import io.convlens.device.Device;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Labels;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which network, and where it runs. */
final class NetworkArguments {
  @Option(names = "--model", paramLabel = "FILE.onnx", description = "the network")
  private List<Path> models = new ArrayList<>();

  @Option(names = "--labels", paramLabel = "FILE", description = "the classes' names, one a line")
  private @Nullable Path labels;

  @Mixin private DeviceArguments deviceArguments;

  /** Loads the network and says which device was chosen, where that was left open. */
  Network load(Voice voice) {
    check();
    if (models.size() > 1) {
      throw new UnusableOptionException("--model: this command takes one network");
    }
    return load(0, voice);
  }

  /** Options are wrong before files are. */
  void check() {
    if (models.isEmpty()) {
      throw new UnusableOptionException("no network: give --model FILE.onnx");
    }
  }

  /** How many networks were named, for commands that take several or none. */
  int count() {
    return models.size();
  }

  /** How many threads were asked for; 0 for all. */
  int threads() {
    return deviceArguments.threads();
  }

  /** A GPU without a network, if there is one. */
  Optional<Device> gpu() {
    return deviceArguments.gpu();
  }

  /** Loads one of several. */
  Network load(int index, Voice voice) {
    NetworkOptions options = deviceArguments.options();
    if (labels != null) {
      options = options.withLabels(Labels.read(labels));
    }
    Network network = Network.load(models.get(index), options);
    if (index == 0) {
      deviceArguments.announce(network, voice);
    }
    return network;
  }

  /** The words that ask for the same network. */
  String words() {
    return "--model " + models.getFirst() + (labels == null ? "" : " --labels " + labels);
  }

  /** What the file of labels held, where there is one. */
  Optional<FilePrint> labelsPrint() {
    return Optional.ofNullable(labels).map(FilePrint::of);
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("labels", Optional.ofNullable(labels).map(Path::toString).orElse(null));
    deviceArguments.describe(options);
  }
}
