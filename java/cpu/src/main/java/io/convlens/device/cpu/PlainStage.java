package io.convlens.device.cpu;

import io.convlens.device.Launch;
import io.convlens.device.WindowLaunches;
import io.convlens.device.cpu.plain.PlainKernel;
import io.convlens.device.cpu.plain.PlainWindows;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/** An operation in Java on some of the kernel's operands and scratch memory. */
record PlainStage(CpuDevice device, PlainKernel kernel, List<Place> operands) implements Stage {

  @Override
  public String implementation() {
    return "java:" + kernel.getClass().getSimpleName();
  }

  @Override
  public Launch bind(CpuBuffer[] buffers) {
    MemorySegment[] segments = segments(buffers);
    return () -> {
      findScratch(segments);
      kernel.run(segments, device.parallel());
    };
  }

  @Override
  public WindowLaunches bindWindows(CpuBuffer[] buffers) {
    if (!(kernel instanceof PlainWindows windows)) {
      return Stage.super.bindWindows(buffers);
    }
    MemorySegment[] segments = segments(buffers);
    return first -> {
      Objects.checkFromIndexSize(first, windows.atOnce(), windows.listed());
      return () -> windows.run(segments, first, device.parallel());
    };
  }

  private MemorySegment[] segments(CpuBuffer[] buffers) {
    MemorySegment[] segments = new MemorySegment[operands.size()];
    for (int i = 0; i < segments.length; i++) {
      if (operands.get(i) instanceof Place.Operand(int index)) {
        segments[i] = buffers[index].segment();
      }
    }
    return segments;
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
