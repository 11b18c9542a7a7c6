package io.convlens.device.cuda;

import io.convlens.device.Launch;
import java.util.function.Function;

/**
 * A call of cuDNN or cuBLAS.
 *
 * @param implementation the call and the way to compute that was chosen
 * @param binder makes the launch from the operands' addresses
 */
record NvidiaStage(String implementation, Function<long[], Launch> binder) implements Stage {
  @Override
  public Launch bind(long[] operands) {
    return binder.apply(operands);
  }
}
