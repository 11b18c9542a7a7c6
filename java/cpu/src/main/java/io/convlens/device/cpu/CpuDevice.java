package io.convlens.device.cpu;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.Kernel;
import io.convlens.device.Lanes;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Precision;
import io.convlens.device.Problem;
import io.convlens.device.Spec;
import io.convlens.device.cpu.plain.Parallel;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The processor. Everything runs at once on the caller's thread and the OpenMP threads that belong
 * to it; nothing is queued.
 */
final class CpuDevice implements Device {
  /** Elements below which a copy isn't worth another thread. */
  private static final long LEAST_COPY = 1 << 16;

  private final DeviceInfo info;
  private final DnnlScope scope = new DnnlScope("the CPU device");
  private final long engine;
  private final long stream;
  private final Scratch scratch = new Scratch();
  private final WeightCache weights;
  private final CpuDevice whole;
  private @Nullable Parallel parallel;
  private @Nullable CpuLanes lanes;
  private final Set<AutoCloseable> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  CpuDevice(int threads) {
    this(threads, null);
  }

  /** A device, or one lane of a whole one, with which it shares engine and weights. */
  private CpuDevice(int threads, @Nullable CpuDevice whole) {
    this.whole = whole == null ? this : whole;
    this.info =
        new DeviceInfo(
            "cpu",
            Processor.name(),
            "oneDNN " + Dnnl.version(),
            threads,
            Processor.cacheBytes(),
            Precision.FP32);
    scope.check("set_default_fpmath_mode", Dnnl.setDefaultFpmathMode(Dnnl.FPMATH_STRICT));
    enter();
    this.engine =
        whole == null
            ? scope.create(
                Dnnl.Handle.ENGINE,
                "engine_create",
                out -> Dnnl.engineCreate(out, Dnnl.ENGINE_CPU, 0))
            : whole.engine;
    this.stream =
        scope.create(
            Dnnl.Handle.STREAM,
            "stream_create",
            out -> Dnnl.streamCreate(out, engine, Dnnl.STREAM_IN_ORDER));
    this.weights = whole == null ? new WeightCache(engine, stream) : whole.weights;
  }

  /** A part of this device with one thread. */
  CpuDevice lane() {
    return new CpuDevice(1, this);
  }

  /** What buffers belong to: this, or what this is a lane of. */
  CpuDevice whole() {
    return whole;
  }

  @Override
  public Optional<Lanes> lanes() {
    if (whole != this || info.threads() == 1) {
      return Optional.empty();
    }
    checkOpen();
    if (lanes == null) {
      lanes = new CpuLanes(this);
    }
    return Optional.of(lanes);
  }

  /** Memory and objects of oneDNN that are open in this process: what a leak test watches. */
  static long live() {
    return Pages.live() + DnnlScope.live();
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  long engine() {
    return engine;
  }

  long stream() {
    return stream;
  }

  Scratch scratch() {
    return scratch;
  }

  WeightCache weights() {
    return weights;
  }

  /** Who shares the work of kernels in Java; its threads start with the first that asks. */
  Parallel parallel() {
    if (parallel == null) {
      parallel = new Parallel(info.threads());
    }
    return parallel;
  }

  /** OpenMP counts threads for each thread that calls. */
  void enter() {
    checkOpen();
    Dnnl.setThreads(info.threads());
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the CPU device is closed");
    }
  }

  /** Closed by its owner: not ours to close any more. */
  void forget(AutoCloseable closedOne) {
    open.remove(closedOne);
  }

  @Override
  public Buffer allocate(long floats) {
    checkOpen();
    CpuBuffer buffer = CpuBuffer.allocate(whole, floats);
    whole.open.add(buffer);
    return buffer;
  }

  @Override
  public void upload(Tensor from, long index, long count, Buffer to) {
    CpuBuffer target = own(to);
    Objects.checkFromIndexSize(index, count, from.size());
    Objects.checkFromIndexSize(0, count, target.size());
    // As bytes: a tensor that views a file may begin anywhere.
    MemorySegment source = from.segment();
    MemorySegment into = target.segment();
    parallel()
        .run(
            count,
            LEAST_COPY,
            (first, end) ->
                MemorySegment.copy(
                    source,
                    (index + first) * Float.BYTES,
                    into,
                    first * Float.BYTES,
                    (end - first) * Float.BYTES));
  }

  @Override
  public void download(Buffer from, long count, Tensor to, long index) {
    CpuBuffer source = own(from);
    Objects.checkFromIndexSize(index, count, to.size());
    Objects.checkFromIndexSize(0, count, source.size());
    MemorySegment.copy(source.segment(), 0, to.segment(), index * Float.BYTES, count * Float.BYTES);
  }

  private CpuBuffer own(Buffer buffer) {
    checkOpen();
    if (!(buffer instanceof CpuBuffer b) || b.device() != whole) {
      throw new IllegalArgumentException("not a buffer of this device: " + buffer);
    }
    return b;
  }

  @Override
  public Optional<Precision> lower() {
    return Dnnl.multipliesBfloat16() ? Optional.of(Precision.BF16) : Optional.empty();
  }

  @Override
  public Kernel prepare(Spec spec) {
    return prepare(spec, Precision.FP32);
  }

  @Override
  public Kernel prepare(Spec spec, Precision precision) {
    enter();
    var plan = new KernelPlan(this, Problem.of(spec), precision);
    try {
      plan(plan, spec);
      CpuKernel kernel = plan.finish();
      open.add(kernel);
      return kernel;
    } catch (RuntimeException | Error e) {
      plan.abandon();
      throw e;
    }
  }

  private static void plan(KernelPlan plan, Spec spec) {
    switch (spec) {
      case Spec.Conv s when MatrixProduct.is(s) -> MatrixProduct.plan(plan, s, true);
      case Spec.Conv s
          when plan.factors(s.src().c()) == Dnnl.F32
              && Winograd.suits(s, plan.device().info().threads()) ->
          Winograd.plan(plan, s, false);
      case Spec.Conv s -> Convolution.plan(plan, s);
      case Spec.ConvTranspose s -> Transposition.plan(plan, s);
      case Spec.Pool s -> Pooling.plan(plan, s);
      case Spec.MatMul s -> MatrixProduct.plan(plan, s);
      case Spec.Lrn s -> ElementKernels.plan(plan, s);
      case Spec.ChannelAffine s -> ElementKernels.plan(plan, s);
      case Spec.Pointwise s -> ElementKernels.plan(plan, s);
      case Spec.Softmax s -> ElementKernels.plan(plan, s);
      case Spec.Copy s -> JavaKernels.plan(plan, s);
      case Spec.Broadcast s -> JavaKernels.plan(plan, s);
      case Spec.Reduce s -> JavaKernels.plan(plan, s);
      case Spec.Interpolate s -> JavaKernels.plan(plan, s);
      case Spec.GroupNorm s -> JavaKernels.plan(plan, s);
      case Spec.LayerNorm s -> JavaKernels.plan(plan, s);
      case Spec.Patches s -> WindowKernels.plan(plan, s);
      case Spec.Windows s -> WindowKernels.plan(plan, s);
      case Spec.PoolWindows s -> WindowKernels.plan(plan, s);
      case Spec.ActivationGradient s -> EltwiseGradient.plan(plan, s);
      case Spec.PoolGradient s -> PoolingGradient.plan(plan, s);
      case Spec.MapFigures s -> JavaKernels.plan(plan, s);
      case Spec.MapRank s -> JavaKernels.plan(plan, s);
      case Spec.Neighbours s -> JavaKernels.plan(plan, s);
      case Spec.Repulsion s -> JavaKernels.plan(plan, s);
      case Spec.Attraction s -> JavaKernels.plan(plan, s);
      case Spec.Descent s -> JavaKernels.plan(plan, s);
    }
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    checkOpen();
    return new CpuOccluder(spec);
  }

  @Override
  public void synchronize() {
    checkOpen();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (lanes != null) {
      lanes.close();
    }
    for (AutoCloseable c : List.copyOf(new ArrayList<>(open))) {
      switch (c) {
        case CpuKernel k -> k.close();
        case CpuBuffer b -> b.close();
        default -> throw new IllegalStateException("unknown " + c);
      }
    }
    if (parallel != null) {
      parallel.close();
    }
    if (whole == this) {
      weights.close();
    }
    scratch.close();
    scope.close();
    closed = true;
  }
}
