package io.convlens.device;

import io.convlens.tensor.Tensor;

/** Makes samples and keeps what comes of them on the device: see {@link SampleSpec}. */
public interface Sampler extends AutoCloseable {
  /**
   * Begins anew with a picture.
   *
   * @param picture {@link SampleSpec#elements} elements, row-major
   * @param baseline likewise; read where samples lie between the two
   * @param input where batches of samples are written
   * @param gradient where their gradients will be
   */
  void start(Tensor picture, Tensor baseline, Buffer input, Buffer gradient);

  /** Writes samples {@code first} to {@code first + count − 1} as the batch's first. */
  void fill(int first, int count);

  /** Takes in the gradients of the batch's first samples, which are {@code first} and so on. */
  void take(int first, int count);

  /** Reads the mean, or the weighted sum, of all gradients taken in, row-major; waits. */
  void readSum(Tensor to);

  /** Reads the mean squared distance from the mean, row-major; waits. */
  void readVariance(Tensor to);

  @Override
  void close();
}
