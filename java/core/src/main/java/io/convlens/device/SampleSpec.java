package io.convlens.device;

import java.util.List;

/**
 * Samples around one picture, a batch at a time, and what is kept of the gradients that come of
 * them.
 *
 * @param batch samples a batch
 * @param dims the extents of one picture
 * @param input where an element of the batch of samples lies: the stride of samples, then one for
 *     each of {@code dims}
 * @param gradient likewise for the batch of gradients
 * @param samples which
 */
public record SampleSpec(
    int batch, List<Long> dims, List<Long> input, List<Long> gradient, Samples samples) {

  /** What the samples are. */
  public sealed interface Samples {
    /** How many. */
    int count();
  }

  /**
   * The picture with {@link CounterNoise}, element numbers being those of {@code dims} in row-major
   * order. Mean and variance of the gradients are kept.
   *
   * @param sigma the noise's size
   */
  public record Noisy(int count, long seed, double sigma) implements Samples {}

  /**
   * Points on the straight way from a baseline to the picture. The weighted sum of the gradients is
   * kept.
   *
   * @param places from 0, the baseline, to 1, the picture
   * @param weights one a point
   */
  public record Between(List<Double> places, List<Double> weights) implements Samples {
    /** Copies the lists. */
    public Between {
      places = List.copyOf(places);
      weights = List.copyOf(weights);
      if (places.size() != weights.size()) {
        throw new IllegalArgumentException(places.size() + " places, " + weights.size());
      }
    }

    @Override
    public int count() {
      return places.size();
    }
  }

  /** Copies the lists. */
  public SampleSpec {
    dims = List.copyOf(dims);
    input = List.copyOf(input);
    gradient = List.copyOf(gradient);
  }

  /** The elements of one picture. */
  public long elements() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }
}
