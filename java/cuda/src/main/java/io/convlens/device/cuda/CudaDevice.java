package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceInfo;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Precision;
import io.convlens.device.Problem;
import io.convlens.device.SampleSpec;
import io.convlens.device.Sampler;
import io.convlens.device.ScoreKeeper;
import io.convlens.device.ScoreSpec;
import io.convlens.device.Sequence;
import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A GPU. Everything is queued on one stream, but for copies from and to the host, and runs behind
 * the caller, who waits in {@link #download} and {@link #synchronize} only. Several devices of one
 * GPU share its context, each with a stream of its own.
 */
final class CudaDevice implements Device {
  /** Of a GPU's memory, what one batch's values may take: several sessions share it. */
  private static final long SHARE_OF_MEMORY = 8;

  /** The system property that has launches captured into CUDA graphs. */
  static final String GRAPHS = "convlens.cuda.graphs";

  private final DeviceInfo info;
  private final GpuContext context;
  private final KernelLibrary library;
  private final Optional<TuningCache> tuning;
  private final Choice choice;
  private final Ways ways;
  private final Optional<Blas> blas;
  private final Optional<Dnn> dnn;
  private final CudaStream stream;
  private final CudaStream up;
  private final CudaStream down;
  private final CudaEvent downloads;
  private final Staging staging;
  private final ConstantCache constants = new ConstantCache(this);
  private final Scratch scratch = new Scratch(this);
  private final Set<AutoCloseable> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private Optional<DeviceException> untold = Optional.empty();
  private boolean closed;

  CudaDevice(Gpu gpu, KernelLibrary library, DeviceOptions options) {
    NvidiaLibraries nvidia = NvidiaLibraries.get();
    this.library = library;
    this.info =
        new DeviceInfo(
            gpu.id(),
            gpu.name(),
            libraries(gpu, nvidia),
            0,
            gpu.memory() / SHARE_OF_MEMORY,
            options.precision());
    if (options.precision() != Precision.FP32 && !nvidia.blas()) {
      throw new DeviceException(
          DeviceException.Kind.UNAVAILABLE,
          "%s computes in fp32 only: %s".formatted(gpu.id(), nvidia.notes().getFirst()));
    }
    this.tuning =
        options.tune()
            ? Optional.of(
                TuningCache.of(CacheFolder.path(), gpu.description() + " " + info.library()))
            : Optional.empty();
    this.choice = new Choice(this, tuning);
    this.context = new GpuContext(gpu);
    List<AutoCloseable> made = new ArrayList<>(List.of(context));
    try {
      context.enter();
      this.stream = new CudaStream(context);
      made.add(stream);
      this.up = new CudaStream(context);
      made.add(up);
      this.down = new CudaStream(context);
      made.add(down);
      this.downloads = new CudaEvent(context, false);
      made.add(downloads);
      this.blas = nvidia.blas() ? Optional.of(new Blas(this, stream)) : Optional.empty();
      blas.ifPresent(made::add);
      this.dnn = nvidia.dnn() ? Optional.of(new Dnn(this, stream)) : Optional.empty();
    } catch (RuntimeException | Error e) {
      made.reversed().forEach(m -> Closing.after(e, m));
      throw e;
    }
    this.ways = new Ways(dnn, blas);
    this.staging = new Staging(context, stream, up, down);
  }

  private static String libraries(Gpu gpu, NvidiaLibraries nvidia) {
    String notes = nvidia.notes().isEmpty() ? "" : " (" + String.join("; ", nvidia.notes()) + ")";
    return "CUDA " + gpu.driver() + (nvidia.dnn() ? ", cuDNN " + Dnn.version() : notes);
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
    if (context.isDead()) {
      untold = Optional.empty();
    }
    context.enter();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException(info.id() + " is closed");
    }
  }

  /**
   * Frees what its owner closes. Closing does not throw: what can't be freed is the end of the
   * context, and the next call or the device's own end tells of it.
   */
  void release(AutoCloseable closedOne, List<? extends AutoCloseable> parts) {
    open.remove(closedOne);
    context.enterToFree();
    try {
      Closing.all(parts);
    } catch (DeviceException e) {
      context.die(e);
      untold = Optional.of(e);
    }
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
      staging.fill(from, memory.address());
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
    downloads.record(stream);
    staging.down(
        downloads,
        source.address(),
        to.segment().asSlice(index * JAVA_FLOAT.byteSize(), count * JAVA_FLOAT.byteSize()));
  }

  /** Copies from the device when all up to a mark is done; waits. */
  void download(CudaEvent mark, long address, MemorySegment to) {
    staging.down(mark, address, to);
  }

  /** Queues the writing of one number. */
  void fill(long address, int number, String problem) {
    context.check("cuMemsetD32Async", Driver.set32(address, number, 1, stream.handle()), problem);
  }

  Pace pace() {
    return new Pace(context, stream);
  }

  /** A buffer of this device's. */
  CudaBuffer own(Buffer buffer) {
    enter();
    if (!(buffer instanceof CudaBuffer b) || b.device() != this) {
      throw new IllegalArgumentException("not a buffer of this device: " + buffer);
    }
    return b;
  }

  /** TensorFloat-32, which GPUs before compute capability 8 take for float32. */
  @Override
  public Optional<Precision> lower() {
    return info.precision() == Precision.FP32 && blas.isPresent()
        ? Optional.of(Precision.TF32)
        : Optional.empty();
  }

  @Override
  public Kernel prepare(Spec spec) {
    return prepare(spec, info.precision());
  }

  @Override
  public Kernel prepare(Spec spec, Precision precision) {
    enter();
    return choice.prepare(Problem.of(spec), ways.of(spec), precision);
  }

  @Override
  public List<String> ways(Spec spec) {
    return ways.of(spec).stream().map(Candidate::name).toList();
  }

  @Override
  public Kernel prepare(Spec spec, String way) {
    for (Candidate candidate : ways.of(spec)) {
      if (candidate.name().equals(way)) {
        return plan(Problem.of(spec), candidate, info.precision());
      }
    }
    throw new DeviceException(
        DeviceException.Kind.UNSUPPORTED, "no way " + way + " for " + Problem.of(spec));
  }

  /** The kernel that computes a problem in one way. */
  CudaKernel plan(String problem, Candidate way, Precision precision) {
    enter();
    var plan = new KernelPlan(this, problem, precision);
    try {
      way.planner().accept(plan);
      CudaKernel kernel = plan.finish();
      open.add(kernel);
      return kernel;
    } catch (RuntimeException | Error e) {
      plan.abandon(e);
      throw e;
    }
  }

  /** The time that a launch takes on the device, the mean of some runs. */
  float milliseconds(Launch launch, int runs) {
    try (var start = new CudaEvent(context, true);
        var end = new CudaEvent(context, true)) {
      start.record(stream);
      for (int i = 0; i < runs; i++) {
        launch.run();
      }
      end.record(stream);
      end.await();
      return end.since(start) / runs;
    }
  }

  /**
   * Runs what throws if something could not be freed, which is the end of the context. What a dead
   * context answers tells nothing new.
   */
  void freed(Runnable check) {
    if (context.isDead()) {
      return;
    }
    try {
      check.run();
    } catch (DeviceException e) {
      context.die(e);
      throw e;
    }
  }

  boolean isDead() {
    return context.isDead();
  }

  @Override
  public Occluder prepare(OcclusionSpec spec) {
    enter();
    var occluder = new CudaOccluder(this, spec);
    open.add(occluder);
    return occluder;
  }

  @Override
  public ScoreKeeper prepare(ScoreSpec spec) {
    enter();
    var keeper = new CudaScoreKeeper(this, spec);
    open.add(keeper);
    return keeper;
  }

  @Override
  public Optional<Sampler> sampler(SampleSpec spec) {
    enter();
    if (spec.dims().size() > Words.AXES || spec.elements() == 0) {
      return Optional.empty();
    }
    var sampler = new CudaSampler(this, spec);
    open.add(sampler);
    return Optional.of(sampler);
  }

  @Override
  public Sequence join(List<Launch> launches) {
    List<CudaLaunch> own = new ArrayList<>();
    for (Launch launch : launches) {
      if (!(launch instanceof CudaLaunch l)) {
        return Device.super.join(launches);
      }
      own.add(l);
    }
    if (!Boolean.getBoolean(GRAPHS) || own.isEmpty()) {
      return Device.super.join(launches);
    }
    var graph = new CudaGraph(this, context, stream, own);
    open.add(graph);
    return graph;
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
    List<AutoCloseable> all = new ArrayList<>(List.of(context, stream, up, down, downloads));
    blas.ifPresent(all::add);
    dnn.ifPresent(all::add);
    all.addAll(List.of(staging, constants, scratch));
    // Kernels give back what buffers don't hold: constants and scratch memory.
    open.stream().filter(c -> c instanceof CudaBuffer).forEach(all::add);
    open.stream().filter(c -> !(c instanceof CudaBuffer)).forEach(all::add);
    try {
      context.enterToFree();
      Closing.all(all);
    } finally {
      closed = true;
      tuning.ifPresent(TuningCache::save);
    }
    if (untold.isPresent()) {
      throw untold.get();
    }
  }
}
