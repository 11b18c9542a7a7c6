package io.convlens.network;

/**
 * How a network is loaded.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
 * @param threads CPU threads; 0 for all
 * @param batch pictures at once; 0 to choose by the network's size
 * @param labels the names of the classes
 */
public record NetworkOptions(String device, int threads, int batch, Labels labels) {
  /** The first usable GPU, else all cores of the CPU; no labels. */
  public static final NetworkOptions DEFAULT = new NetworkOptions("auto", 0, 0, Labels.NONE);

  /** Checks the numbers. */
  public NetworkOptions {
    if (threads < 0 || batch < 0) {
      throw new IllegalArgumentException("threads %d, batch %d".formatted(threads, batch));
    }
  }

  /** On this device. */
  public NetworkOptions withDevice(String wish) {
    return new NetworkOptions(wish, threads, batch, labels);
  }

  /** With this many threads. */
  public NetworkOptions withThreads(int number) {
    return new NetworkOptions(device, number, batch, labels);
  }

  /** With this many pictures at once. */
  public NetworkOptions withBatch(int pictures) {
    return new NetworkOptions(device, threads, pictures, labels);
  }

  /** With these names of classes. */
  public NetworkOptions withLabels(Labels names) {
    return new NetworkOptions(device, threads, batch, names);
  }
}
