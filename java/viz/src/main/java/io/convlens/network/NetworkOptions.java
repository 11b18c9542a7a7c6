package io.convlens.network;

import io.convlens.device.DeviceOptions;
import java.util.function.UnaryOperator;

/**
 * How a network is loaded.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param opened how the device is opened: threads, precision and the like
 * @param batch pictures at once; 0 to choose by the network's size
 * @param labels the names of the classes
 */
public record NetworkOptions(String device, DeviceOptions opened, int batch, Labels labels) {
  /** The first usable GPU, else all cores of the CPU; no labels. */
  public static final NetworkOptions DEFAULT =
      new NetworkOptions("auto", DeviceOptions.DEFAULT, 0, Labels.NONE);

  /** Checks the number. */
  public NetworkOptions {
    if (batch < 0) {
      throw new IllegalArgumentException("batch " + batch);
    }
  }

  /** On this device. */
  public NetworkOptions withDevice(String wish) {
    return new NetworkOptions(wish, opened, batch, labels);
  }

  /** With this many CPU threads; 0 for all. */
  public NetworkOptions withThreads(int number) {
    return opened(o -> o.withThreads(number));
  }

  /** With the device opened in another way. */
  public NetworkOptions opened(UnaryOperator<DeviceOptions> change) {
    return new NetworkOptions(device, change.apply(opened), batch, labels);
  }

  /** With this many pictures at once. */
  public NetworkOptions withBatch(int pictures) {
    return new NetworkOptions(device, opened, pictures, labels);
  }

  /** With these names of classes. */
  public NetworkOptions withLabels(Labels names) {
    return new NetworkOptions(device, opened, batch, names);
  }
}
