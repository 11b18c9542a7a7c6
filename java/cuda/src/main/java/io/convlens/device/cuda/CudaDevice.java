package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Kernel;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Problem;
import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A GPU. Everything is queued on one stream and runs behind the caller, who waits in {@link
 * #download} and {@link #synchronize} only. Several devices of one GPU share its context, each with
 * a stream of its own.
 */
final class CudaDevice implements Device {
  /** Of a GPU's memory, what one batch's values may take: several sessions share it. */
  private static final long SHARE_OF_MEMORY = 8;

  private final DeviceInfo info;
  private final GpuContext context;
  private final KernelLibrary library;
  private final CudaStream stream;
  private final Staging staging;
  private final ConstantCache constants = new ConstantCache(this);
  private final Scratch scratch = new Scratch(this);
  private final Set<AutoCloseable> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean closed;

  CudaDevice(Gpu gpu, KernelLibrary library, DeviceOptions options) {
    this.info =
        new DeviceInfo(
            gpu.id(),
            gpu.name(),
            "CUDA " + gpu.driver(),
            0,
            gpu.memory() / SHARE_OF_MEMORY,
            options.precision());
    this.library = library;
    this.context = new GpuContext(gpu);
    try {
      context.enter();
      this.stream = new CudaStream(context);
    } catch (RuntimeException | Error e) {
      Closing.after(e, context);
      throw e;
    }
    this.staging = new Staging(context, stream);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  ConstantCache constants() {
    return constants;
  }

  Scratch scratch() {
    return scratch;
  }

  /** Makes the GPU the current one of this thread. */
  void enter() {
    checkOpen();
    context.enter();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(info.id() + " is closed");
    }
  }

  /** Closed by its owner: not ours to close any more. */
  void forget(AutoCloseable closedOne) {
    open.remove(closedOne);
  }

  /** New memory, zeroed. */
  DeviceMemory memory(long bytes) {
    enter();
    return new DeviceMemory(context, stream, bytes);
  }

  /** New memory that holds what the host's memory holds. */
  DeviceMemory uploaded(MemorySegment from) {
    DeviceMemory memory = memory(from.byteSize());
    try {
      staging.up(from, memory.address());
      return memory;
    } catch (RuntimeException | Error e) {
      Closing.after(e, memory);
      throw e;
    }
  }

  /** Queues one of our kernels. */
  void launch(Operation operation, long[] words, String problem) {
    context.queued(problem);
    int code = library.launch(operation, words, stream.handle());
    if (code != Driver.SUCCESS) {
      throw context.failure(operation.launcher(), code, library.text(code), problem);
    }
  }

  @Override
  public Buffer allocate(long floats) {
    CudaBuffer buffer =
        CudaBuffer.of(this, memory(Math.multiplyExact(floats, Float.BYTES)), floats);
    open.add(buffer);
    return buffer;
  }

  @Override
  public void upload(Tensor from, long index, long count, Buffer to) {
    CudaBuffer target = own(to);
    Objects.checkFromIndexSize(index, count, from.size());
    Objects.checkFromIndexSize(0, count, target.size());
    staging.up(
        from.segment().asSlice(index * JAVA_FLOAT.byteSize(), count * JAVA_FLOAT.byteSize()),
        target.address());
  }

  @Override
  public void download(Buffer from, long count, Tensor to, long index) {
    CudaBuffer source = own(from);
    Objects.checkFromIndexSize(index, count, to.size());
    Objects.checkFromIndexSize(0, count, source.size());
    staging.down(
        source.address(),
        to.segment().asSlice(index * JAVA_FLOAT.byteSize(), count * JAVA_FLOAT.byteSize()));
  }

  private CudaBuffer own(Buffer buffer) {
    enter();
    if (!(buffer instanceof CudaBuffer b) || b.device() != this) {
      throw new IllegalArgumentException("not a buffer of this device: " + buffer);
    }
    return b;
  }

  @Override
  public Kernel prepare(Spec spec) {
    enter();
    var plan = new KernelPlan(this, Problem.of(spec));
    try {
      plan(plan, spec);
      CudaKernel kernel = plan.finish();
      open.add(kernel);
      return kernel;
    } catch (RuntimeException | Error e) {
      plan.abandon(e);
      throw e;
    }
  }

  private static void plan(KernelPlan plan, Spec spec) {
    switch (spec) {
      case Spec.Conv s -> WindowKernels.plan(plan, s);
      case Spec.ConvTranspose s -> WindowKernels.plan(plan, s);
      case Spec.Pool s -> WindowKernels.plan(plan, s);
      case Spec.MatMul s -> RowKernels.plan(plan, s);
      case Spec.LayerNorm s -> RowKernels.plan(plan, s);
      case Spec.Softmax s -> RowKernels.plan(plan, s);
      case Spec.Lrn s -> MapKernels.plan(plan, s);
      case Spec.ChannelAffine s -> MapKernels.plan(plan, s);
      case Spec.GroupNorm s -> MapKernels.plan(plan, s);
      case Spec.Pointwise s -> MapKernels.plan(plan, s);
      case Spec.Broadcast s -> ArrayKernels.plan(plan, s);
      case Spec.Copy s -> ArrayKernels.plan(plan, s);
      case Spec.Interpolate s -> ArrayKernels.plan(plan, s);
      case Spec.Reduce s -> ArrayKernels.plan(plan, s);
    }
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    enter();
    var occluder = new CudaOccluder(this, spec);
    open.add(occluder);
    return occluder;
  }

  @Override
  public void synchronize() {
    enter();
    stream.synchronize();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    List<AutoCloseable> all =
        new ArrayList<>(List.of(context, stream, staging, constants, scratch));
    // Kernels give back what buffers don't hold: constants and scratch memory.
    open.stream().filter(c -> c instanceof CudaBuffer).forEach(all::add);
    open.stream().filter(c -> !(c instanceof CudaBuffer)).forEach(all::add);
    try {
      if (!context.isDead()) {
        context.enter();
      }
      Closing.all(all);
    } finally {
      closed = true;
    }
  }
}
