package io.convlens.cli;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.Precision;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a network runs. */
final class DeviceArguments {
  static final String AUTO = "auto";
  private static final String CPU = "cpu";
  private static final String ON = "on";
  private static final String OFF = "off";

  /** More threads than any machine has cores: a slip of the keyboard. */
  private static final int MOST_THREADS = 4096;

  private static final int MOST_PICTURES = 1 << 16;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = AUTO,
      description = "auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}: a GPU if there is one)")
  private String device;

  @Option(names = "--threads", paramLabel = "N", description = "CPU threads (default: all cores)")
  private @Nullable Integer threads;

  @Option(
      names = "--batch",
      paramLabel = "auto|N",
      defaultValue = AUTO,
      description = "pictures at once (default: ${DEFAULT-VALUE}, by the network's size)")
  private String batch;

  @Option(
      names = "--precision",
      paramLabel = "fp32|tf32|fp16|bf16",
      defaultValue = "fp32",
      description = "what a GPU multiplies in (default: ${DEFAULT-VALUE})")
  private String precision;

  @Option(
      names = "--tune",
      paramLabel = "on|off",
      defaultValue = ON,
      description =
          "on: a GPU times several ways to compute and takes the fastest; off: a fixed choice,"
              + " the same bytes on equal GPUs (default: ${DEFAULT-VALUE})")
  private String tune;

  /** As the library takes them. */
  NetworkOptions options() {
    return NetworkOptions.DEFAULT
        .withDevice(checked(device))
        .opened(_ -> deviceOptions())
        .withBatch(batch());
  }

  /** A GPU without a network: the one asked for or, where that is left open, any that there is. */
  Optional<Device> gpu() {
    if (!checked(device).equals(AUTO)) {
      return device.equals(CPU)
          ? Optional.empty()
          : Optional.of(Devices.open(device, deviceOptions()));
    }
    return Devices.all().stream()
        .filter(s -> s.usable() && !s.id().equals(CPU))
        .findFirst()
        .map(s -> Devices.open(s.id(), deviceOptions()));
  }

  /** How a device is opened. */
  private DeviceOptions deviceOptions() {
    return new DeviceOptions(threads(), precision(), isOn("tune", tune));
  }

  private Precision precision() {
    return Arrays.stream(Precision.values())
        .filter(p -> p.toString().equals(precision))
        .findFirst()
        .orElseThrow(
            () ->
                new UnusableOptionException(
                    "--precision %s: one of fp32, tf32, fp16, bf16".formatted(precision)));
  }

  private static boolean isOn(String option, String value) {
    if (!value.equals(ON) && !value.equals(OFF)) {
      throw new UnusableOptionException("--%s %s: on or off".formatted(option, value));
    }
    return value.equals(ON);
  }

  /** Says which device was chosen, where that was left open. */
  void announce(Network network, Voice voice) {
    if (device.equals(AUTO)) {
      var info = network.device().info();
      voice.note("device " + info.id() + ": " + info.name() + ", " + info.library());
    }
  }

  /** A device that there could be. */
  static String checked(String device) {
    if (!device.matches("auto|cpu|cuda(:\\d{1,4})?")) {
      throw new UnusableOptionException("--device " + device + ": auto, cpu, cuda or cuda:N");
    }
    return device;
  }

  /** 0 for all. */
  int threads() {
    if (threads == null) {
      return 0;
    }
    if (threads < 1 || threads > MOST_THREADS) {
      throw new UnusableOptionException("--threads " + threads + ": 1 to " + MOST_THREADS);
    }
    return threads;
  }

  private int batch() {
    if (batch.equals(AUTO)) {
      return 0;
    }
    if (!batch.matches("\\d{1,6}")
        || Integer.parseInt(batch) < 1
        || Integer.parseInt(batch) > MOST_PICTURES) {
      throw new UnusableOptionException("--batch " + batch + ": auto, or 1 to " + MOST_PICTURES);
    }
    return Integer.parseInt(batch);
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("device", device);
    options.put("threads", threads == null ? AUTO : threads);
    options.put("batch", batch);
    options.put("tune", tune);
  }
}
