package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Precision;
import io.convlens.device.Spec;
import io.convlens.device.WindowLaunches;
import io.convlens.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A device that has the kernels in Java only: for tests of those that the real one seldom uses. */
final class PlainDevice implements Device {
  private final Arena arena = Arena.ofShared();
  private final Parallel parallel;
  private final int threads;

  PlainDevice(int threads) {
    this.threads = threads;
    this.parallel = new Parallel(threads);
  }

  private record Memory(MemorySegment segment) implements Buffer {
    @Override
    public long size() {
      return segment.byteSize() / Float.BYTES;
    }

    @Override
    public Buffer slice(long offset, long size) {
      return new Memory(segment.asSlice(offset * Float.BYTES, size * Float.BYTES));
    }

    @Override
    public void close() {}
  }

  private record PlainLaunch(PlainKernel kernel, Parallel parallel) implements Kernel {
    @Override
    public Launch bind(Buffer... operands) {
      MemorySegment[] segments = segments(operands);
      return () -> kernel.run(segments, parallel);
    }

    @Override
    public WindowLaunches bindWindows(Buffer... operands) {
      MemorySegment[] segments = segments(operands);
      return first -> () -> ((PlainWindows) kernel).run(segments, first, parallel);
    }

    private static MemorySegment[] segments(Buffer... operands) {
      return Arrays.stream(operands).map(b -> ((Memory) b).segment).toArray(MemorySegment[]::new);
    }

    @Override
    public void close() {}
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo("plain", "tests", "Java", threads, 1 << 20, Precision.FP32);
  }

  @Override
  public Buffer allocate(long floats) {
    return new Memory(arena.allocate(floats * Float.BYTES, 64));
  }

  @Override
  public void upload(Tensor from, long index, long count, Buffer to) {
    MemorySegment.copy(
        from.segment(),
        JAVA_FLOAT,
        index * Float.BYTES,
        ((Memory) to).segment,
        JAVA_FLOAT,
        0,
        count);
  }

  @Override
  public void download(Buffer from, long count, Tensor to, long index) {
    MemorySegment.copy(
        ((Memory) from).segment,
        JAVA_FLOAT,
        0,
        to.segment(),
        JAVA_FLOAT,
        index * Float.BYTES,
        count);
  }

  @Override
  public Kernel prepare(Spec spec) {
    return new PlainLaunch(kernel(spec), parallel);
  }

  static PlainKernel kernel(Spec spec) {
    return switch (spec) {
      case Spec.Pool s -> WindowPool.of(s);
      case Spec.Lrn s -> ResponseNorm.of(s);
      case Spec.ChannelAffine s -> ChannelAffine.of(s);
      case Spec.Pointwise s -> Pointwise.of(s);
      case Spec.Copy s -> StridedCopy.of(s);
      case Spec.Broadcast s -> Broadcasting.of(s);
      case Spec.Reduce s -> Reduction.of(s);
      case Spec.Interpolate s -> Interpolation.of(s);
      case Spec.GroupNorm s -> GroupNormalization.of(s);
      case Spec.LayerNorm s -> LayerNormalization.of(s);
      case Spec.Patches s -> PatchWindows.of(s);
      case Spec.Windows s -> WindowChanges.of(s);
      case Spec.PoolWindows s -> WindowPoolChanges.of(s);
      case Spec.ActivationGradient s -> ActivationGradient.of(s);
      case Spec.PoolGradient s -> PoolGradient.of(s);
      case Spec.MapFigures s -> FiguresOfMaps.of(s);
      case Spec.MapRank s -> RankInMaps.of(s);
      case Spec.Neighbours s -> NeighboursOfPoints.of(s);
      case Spec.Repulsion s -> PointRepulsion.of(s);
      case Spec.Attraction s -> PointAttraction.of(s);
      case Spec.Descent s -> PointDescent.of(s);
      case Spec.Conv _, Spec.ConvTranspose _, Spec.MatMul _, Spec.Softmax _ ->
          throw new IllegalArgumentException("not in Java: " + spec);
    };
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    throw new IllegalArgumentException("not in Java: " + spec);
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {
    parallel.close();
    arena.close();
  }
}
