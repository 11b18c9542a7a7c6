package io.convlens.device.cuda;

import io.convlens.device.Launch;
import java.util.function.Function;

/**
 * One of our kernels.
 *
 * @param arguments makes the argument struct from the operands' addresses
 */
record OwnStage(
    CudaDevice device, String problem, Operation operation, Function<long[], Words> arguments)
    implements Stage {

  @Override
  public Launch bind(long[] operands) {
    long[] words = arguments.apply(operands).toArray();
    return () -> device.launch(operation, words, problem);
  }

  @Override
  public String implementation() {
    return operation.launcher();
  }
}
