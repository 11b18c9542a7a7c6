package io.convlens.device.cpu;

import io.convlens.device.Launch;
import java.util.List;

/**
 * A primitive of oneDNN with its arguments.
 *
 * @param implementation what oneDNN calls the code that it chose
 * @param scope what the primitive and the descriptions belong to, and what binding makes
 */
record PrimitiveStage(
    CpuDevice device,
    DnnlScope scope,
    Resources resources,
    String implementation,
    long primitive,
    List<Argument> arguments)
    implements Stage {

  /**
   * One argument of a primitive.
   *
   * @param index oneDNN's number of the argument
   * @param desc the array's description
   * @param place where the array lies
   */
  record Argument(int index, long desc, Place place) {}

  @Override
  public Launch bind(CpuBuffer[] operands) {
    var array = resources.add(new ExecArguments(arguments.size()));
    for (int i = 0; i < arguments.size(); i++) {
      Argument a = arguments.get(i);
      array.set(i, a.index, memory(a, operands));
    }
    long stream = device.stream();
    return () -> {
      int status = array.execute(primitive, stream);
      if (status != Dnnl.SUCCESS) {
        scope.check("primitive_execute", status);
      }
    };
  }

  private long memory(Argument a, CpuBuffer[] operands) {
    return switch (a.place) {
      case Place.Operand(int index) ->
          scope.memory(a.desc, device.engine(), operands[index].address());
      case Place.Constant(long address) -> scope.memory(a.desc, device.engine(), address);
      case Place.InScratch(long offset) -> {
        Scratch scratch = device.scratch();
        long memory = scope.memory(a.desc, device.engine(), scratch.address(offset));
        scratch.follow(memory, offset);
        resources.add(() -> scratch.unfollow(memory));
        yield memory;
      }
    };
  }
}
