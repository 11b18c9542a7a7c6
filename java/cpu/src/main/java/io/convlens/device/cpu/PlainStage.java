package io.convlens.device.cpu;

import io.convlens.device.Launch;
import io.convlens.device.cpu.plain.PlainKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** An operation in Java on some of the kernel's operands. */
record PlainStage(CpuDevice device, PlainKernel kernel, List<Place.Operand> operands)
    implements Stage {

  @Override
  public String implementation() {
    return "java:" + kernel.getClass().getSimpleName();
  }

  @Override
  public Launch bind(CpuBuffer[] buffers) {
    MemorySegment[] segments =
        operands.stream().map(o -> buffers[o.index()].segment()).toArray(MemorySegment[]::new);
    return () -> kernel.run(segments, device.parallel());
  }
}
