package io.convlens.selftest;

import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;
import java.util.List;

/**
 * An operation to try.
 *
 * @param operation its kind
 * @param source where it is from
 * @param sizes the elements of each operand; the last is the result
 * @param positive whether its operands must be positive numbers
 * @param constants what it holds, closed with it
 */
record Trial(
    String operation,
    String source,
    Spec spec,
    List<Long> sizes,
    boolean positive,
    List<Tensor> constants)
    implements AutoCloseable {
  Trial {
    sizes = List.copyOf(sizes);
    constants = List.copyOf(constants);
  }

  @Override
  public void close() {
    constants.forEach(Tensor::close);
  }
}
