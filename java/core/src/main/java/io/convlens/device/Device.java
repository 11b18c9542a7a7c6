package io.convlens.device;

import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A processor that holds float32 buffers and runs prepared operations on them.
 *
 * <p>Preparing is slow (descriptors, packing of weights, choice of algorithm) and running is not:
 * {@link #prepare} once, {@link Kernel#bind} once a set of buffers, {@link Launch#run} often. A
 * device and all that it hands out are for one thread at a time. Closing it closes everything it
 * made.
 *
 * <p>Work is queued in order: {@link #upload}, {@link Launch#run} and {@link #download} take effect
 * as if run one after another. A device may run behind the caller; {@code download} waits.
 */
public interface Device extends AutoCloseable {
  /** What the device is. */
  DeviceInfo info();

  /**
   * New memory, zeroed.
   *
   * @param floats the number of elements
   * @throws DeviceException if there is not enough, {@link DeviceException.Kind#OUT_OF_MEMORY}
   */
  Buffer allocate(long floats);

  /** Copies {@code count} elements of a tensor, from an index on, to the start of a buffer. */
  void upload(Tensor from, long index, long count, Buffer to);

  /** Copies {@code count} elements from a buffer's start into a tensor at an index; waits. */
  void download(Buffer from, long count, Tensor to, long index);

  /**
   * Prepares an operation. Equal specifications may share what is slow to make.
   *
   * @throws DeviceException if the device can't run it, with the reason
   */
  Kernel prepare(Spec spec);

  /** A precision in which it multiplies faster than in its own, where there is one. */
  default Optional<Precision> lower() {
    return Optional.empty();
  }

  /**
   * Prepares an operation that may multiply in another precision than the device's.
   *
   * @param precision the device's own, or {@linkplain #lower the lower one}
   * @throws DeviceException if the device can't run it, with the reason
   */
  default Kernel prepare(Spec spec, Precision precision) {
    return prepare(spec);
  }

  /**
   * The ways in which the device may compute an operation, the usual one first, for those who hold
   * them against each other. It may turn out that one can't be had for the operation's shapes.
   */
  default List<String> ways(Spec spec) {
    return List.of(info().library());
  }

  /**
   * Prepares an operation in one way.
   *
   * @param way one of {@link #ways}
   * @throws DeviceException if it can't be computed so, {@link DeviceException.Kind#UNSUPPORTED}
   */
  default Kernel prepare(Spec spec, String way) {
    if (!ways(spec).contains(way)) {
      throw new IllegalArgumentException("no way " + way + " for " + Problem.of(spec));
    }
    return prepare(spec);
  }

  /**
   * Prepares the making of samples and the keeping of what comes of them, where the device can do
   * that itself.
   */
  default Optional<Sampler> sampler(SampleSpec spec) {
    return Optional.empty();
  }

  /**
   * Prepares the making of occluded batches from one resident picture.
   *
   * @throws DeviceException if it can't
   */
  Occluder prepare(OcclusionSpec spec);

  /**
   * Prepares the keeping of a sweep's scores.
   *
   * @throws DeviceException if it can't
   */
  default ScoreKeeper prepare(ScoreSpec spec) {
    return new HostScoreKeeper(this, spec);
  }

  /**
   * Joins launches of this device that always run one after another: it may run them as one, which
   * is faster where each is short.
   */
  default Sequence join(List<Launch> launches) {
    return new LaunchSequence(launches);
  }

  /**
   * The parts of this device that work side by side; empty where it is no sum of such parts, as a
   * GPU, or is a lane itself.
   */
  default Optional<Lanes> lanes() {
    return Optional.empty();
  }

  /** Waits until everything queued is done. */
  void synchronize();

  /** Frees everything; closing twice is fine. */
  @Override
  void close();
}
