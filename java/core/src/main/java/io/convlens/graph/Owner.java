package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Owns tensors that were made while a network was read or rewritten, and frees them together. What
 * is made of the same weights in the same way is made once, so that a network read for a second
 * size costs no second copy. Thread-safe.
 */
final class Owner implements AutoCloseable {
  /** What may be made whatever was read: enough for any network's shape arithmetic. */
  private static final long ALLOWANCE = 1L << 28;

  /** Several copies of the weights: widened from float16, transposed, scaled. */
  private static final long COPIES = 8;

  private final List<Tensor> tensors = new ArrayList<>();
  private final Map<Object, Tensor> derived = new HashMap<>();
  private long left;

  private Owner(long left) {
    this.left = left;
  }

  /** For what is made of weights that were read already. */
  Owner() {
    this(Long.MAX_VALUE);
  }

  /** For what a file asks for. */
  static Owner limited() {
    return new Owner(ALLOWANCE);
  }

  /** Lets more be made, in proportion to what a file holds: a few bytes can't ask for gigabytes. */
  synchronized void allow(long bytesRead) {
    left += COPIES * bytesRead;
  }

  /**
   * A new tensor of zeros.
   *
   * @throws RefusedNodeException if that is out of proportion to what was read
   */
  Tensor zeros(Shape shape) {
    synchronized (this) {
      long bytes = Float.BYTES * Math.min(shape.size(), Long.MAX_VALUE / Float.BYTES);
      if (bytes > left) {
        throw new RefusedNodeException(
            "needs a constant of shape " + shape + ", far more than the file holds");
      }
      left -= bytes;
    }
    return own(Tensor.zeros(shape));
  }

  /** Takes a tensor over. */
  synchronized Tensor own(Tensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  /**
   * What was made under this key, or what {@code make} makes now and this object comes to own.
   *
   * @param key says how it is made, and of which tensors (which are told apart by identity)
   */
  synchronized Tensor derived(Object key, Supplier<Tensor> make) {
    Tensor known = derived.get(key);
    if (known == null) {
      known = make.get();
      derived.put(key, known);
    }
    return known;
  }

  @Override
  public synchronized void close() {
    derived.clear();
    tensors.forEach(Tensor::close);
    tensors.clear();
  }
}
