package io.convlens.device;

/**
 * What a device is.
 *
 * @param id as people ask for it: {@code cpu}, {@code cuda:0}
 * @param name as people know it: the processor's name; an emulated one says so in it
 * @param library what computes: name and version
 * @param threads the CPU threads it uses; 0 for a GPU
 * @param cacheBytes what a batch's values should fit, for choosing batch sizes: a CPU's last-level
 *     cache, a share of a GPU's memory
 * @param precision what it multiplies in
 */
public record DeviceInfo(
    String id, String name, String library, int threads, long cacheBytes, Precision precision) {
  /** Whether this is a GPU. */
  public boolean isGpu() {
    return threads == 0;
  }

  /** Whether it only behaves like what it is named after, so that its speed says nothing. */
  public boolean isEmulated() {
    return name.contains("emulated");
  }
}
