package io.convlens.device;

/**
 * What a device is.
 *
 * @param id as people ask for it: {@code cpu}, {@code cuda:0}
 * @param name as people know it: the processor's name
 * @param library what computes: name and version
 * @param threads the CPU threads it uses; 0 for a GPU
 * @param cacheBytes what a batch's values should fit, for choosing batch sizes: a CPU's last-level
 *     cache, a share of a GPU's memory
 */
public record DeviceInfo(String id, String name, String library, int threads, long cacheBytes) {}
