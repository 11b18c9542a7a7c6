package io.convlens.device.cpu;

import io.convlens.device.Launch;
import io.convlens.device.cpu.plain.PlainKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** An operation in Java on some of the kernel's operands and scratch memory. */
record PlainStage(CpuDevice device, PlainKernel kernel, List<Place> operands) implements Stage {

  @Override
  public String implementation() {
    return "java:" + kernel.getClass().getSimpleName();
  }

  @Override
  public Launch bind(CpuBuffer[] buffers) {
    MemorySegment[] segments = new MemorySegment[operands.size()];
    for (int i = 0; i < segments.length; i++) {
      if (operands.get(i) instanceof Place.Operand(int index)) {
        segments[i] = buffers[index].segment();
      }
    }
    return () -> {
      findScratch(segments);
      kernel.run(segments, device.parallel());
    };
  }

  /** Scratch memory moves when it grows. */
  private void findScratch(MemorySegment[] segments) {
    for (int i = 0; i < segments.length; i++) {
      if (operands.get(i) instanceof Place.InScratch(long offset)) {
        segments[i] = device.scratch().segment(offset);
      }
    }
  }
}
