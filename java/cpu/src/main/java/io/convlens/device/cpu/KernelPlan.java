package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.DeviceException;
import io.convlens.device.MapShape;
import io.convlens.device.Precision;
import io.convlens.device.cpu.plain.PlainKernel;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** A kernel in the making: its operands, stages and scratch memory so far. */
final class KernelPlan {
  /** Scratch regions begin at cache lines. */
  private static final long LINE = 64;

  /** Channels below which what is multiplied is not rounded. */
  private static final int LEAST_ROUNDED = 16;

  private final CpuDevice device;
  private final Precision precision;
  private final DnnlScope scope;
  private final Resources resources = new Resources();
  private final List<Long> sizes = new ArrayList<>();
  private final List<Stage> stages = new ArrayList<>();
  private long scratchBytes;

  KernelPlan(CpuDevice device, String problem, Precision precision) {
    this.device = device;
    this.precision = precision;
    this.scope = resources.add(new DnnlScope(problem));
  }

  CpuDevice device() {
    return device;
  }

  /**
   * The type of what is multiplied where sums have so many terms of a place: of few, rounding costs
   * more than it saves.
   */
  int factors(int terms) {
    return precision == Precision.BF16 && terms >= LEAST_ROUNDED ? Dnnl.BF16 : Dnnl.F32;
  }

  /** What the kernel's native objects belong to. */
  DnnlScope scope() {
    return scope;
  }

  /** The next operand, of so many elements at least. */
  Place.Operand operand(long size) {
    sizes.add(size);
    return new Place.Operand(sizes.size() - 1);
  }

  /** Scratch memory that is this kernel's while it runs. */
  Place scratch(long bytes) {
    var place = new Place.InScratch(scratchBytes);
    scratchBytes += (bytes + LINE - 1) / LINE * LINE;
    return place;
  }

  /** A constant tensor in its own layout. */
  Place constant(Tensor tensor) {
    return new Place.Constant(tensor.segment().address());
  }

  /** Constants of this kernel's own. */
  Place floats(float[] values) {
    Pages pages = resources.add(new Pages((long) values.length * Float.BYTES));
    MemorySegment.copy(values, 0, pages.segment(), JAVA_FLOAT, 0, values.length);
    return new Place.Constant(pages.address());
  }

  /**
   * A constant tensor, read as {@code from} describes it, in layout {@code to}. It is not copied
   * where that is its own: so are the weights of a product with one row.
   */
  Place packed(Tensor tensor, long from, long to) {
    if (Dnnl.descEqual(from, to)) {
      return constant(tensor);
    }
    return new Place.Constant(
        resources.add(device.weights().lease(tensor, from, to, scope.problem())).address());
  }

  /** What is made of a constant tensor, described by {@code from}, in layout {@code to}. */
  Place packed(Tensor tensor, WeightMaking making, long from, long to) {
    return new Place.Constant(
        resources.add(device.weights().lease(tensor, making, from, to, scope.problem())).address());
  }

  /** The description of an operation, if oneDNN has one. */
  OptionalLong describe(String call, DnnlScope.Creation creation) {
    return scope.createIfImplemented(Dnnl.Handle.PRIMITIVE_DESC, call, creation);
  }

  /** Adds a primitive; scratch memory is seen to. */
  void add(long primitiveDesc, List<PrimitiveStage.Argument> arguments) {
    add(stage(primitiveDesc, arguments));
  }

  /** Adds a stage, which may have been added before. */
  void add(Stage stage) {
    stages.add(stage);
  }

  /** A primitive to add; scratch memory is seen to. */
  Stage stage(long primitiveDesc, List<PrimitiveStage.Argument> arguments) {
    var all = new ArrayList<>(arguments);
    long desc = Dnnl.queryDesc(primitiveDesc, Dnnl.QUERY_SCRATCHPAD, 0);
    long bytes = desc == 0 ? 0 : Dnnl.descSize(desc);
    if (bytes > 0) {
      all.add(new PrimitiveStage.Argument(Dnnl.ARG_SCRATCHPAD, desc, scratch(bytes)));
    }
    return new PrimitiveStage(
        device,
        scope,
        resources,
        scope.implementation(primitiveDesc),
        scope.primitive(primitiveDesc),
        List.copyOf(all));
  }

  /** Adds a primitive that takes dense maps only; pitched ones are copied. */
  void addOnDense(
      long primitiveDesc,
      MapShape src,
      long srcDesc,
      Place in,
      MapShape dst,
      long dstDesc,
      Place out,
      List<PrimitiveStage.Argument> others) {
    var arguments = new ArrayList<>(others);
    Place result = dst.isDense() ? out : scratchFor(dst, dst.c());
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_SRC, srcDesc, repitched(src, in, src.c())));
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DST, dstDesc, result));
    add(primitiveDesc, arguments);
    if (!dst.isDense()) {
      addCopy(Maps.dense(dst), result, dst.pitch(), out);
    }
  }

  /** Adds an operation in Java. */
  void add(PlainKernel kernel, Place... operands) {
    stages.add(new PlainStage(device, kernel, List.of(operands)));
  }

  /** A matrix, its rows {@code pitch} apart, as bfloat16 without gaps, in scratch memory. */
  Place rounded(long rows, int columns, int pitch, Place place) {
    Place copy = scratch(rows * columns * Short.BYTES);
    long from = scope.desc(new long[] {rows, columns}, new long[] {pitch, 1});
    long to = scope.desc(Dnnl.BF16, new long[] {rows, columns}, new long[] {columns, 1});
    long description = describeReorder(from, to).orElseThrow(() -> unsupported("no rounding"));
    add(
        description,
        List.of(
            new PrimitiveStage.Argument(Dnnl.ARG_SRC, from, place),
            new PrimitiveStage.Argument(Dnnl.ARG_DST, to, copy)));
    return copy;
  }

  /** A map with another pitch: itself where that is its own, else a copy in scratch memory. */
  Place repitched(MapShape map, Place place, int pitch) {
    if (map.pitch() == pitch) {
      return place;
    }
    Place copy = scratchFor(map, pitch);
    addCopy(map, place, pitch, copy);
    return copy;
  }

  /** Scratch memory for a map with this pitch. */
  Place scratchFor(MapShape map, int pitch) {
    return scratch(Maps.withPitch(map, pitch).span() * Float.BYTES);
  }

  /** Adds a copy of a map to a place where it has another pitch. */
  void addCopy(MapShape map, Place source, int pitch, Place target) {
    long from = places(map, map.pitch());
    long to = places(map, pitch);
    long description = describeReorder(from, to).orElseThrow(() -> unsupported("no reorder"));
    add(
        description,
        List.of(
            new PrimitiveStage.Argument(Dnnl.ARG_SRC, from, source),
            new PrimitiveStage.Argument(Dnnl.ARG_DST, to, target)));
  }

  /** The description of a change of layout. */
  OptionalLong describeReorder(long from, long to) {
    long attr = scope.attr(0);
    return describe(
        "reorder_primitive_desc_create",
        out -> Dnnl.Operation.reorder(out, device.engine(), from, to, attr));
  }

  private long places(MapShape map, int pitch) {
    return scope.desc(new long[] {map.places(), map.c()}, new long[] {pitch, 1});
  }

  /** The failure that the device can't run this. */
  DeviceException unsupported(String why) {
    return new DeviceException(
        DeviceException.Kind.UNSUPPORTED, "oneDNN: " + why + " for " + scope.problem());
  }

  /** The kernel. */
  CpuKernel finish() {
    device.scratch().require(scratchBytes, scope);
    return new CpuKernel(device, scope.problem(), sizes, stages, resources);
  }

  /** Frees what was made for a kernel that won't be. */
  void abandon() {
    resources.close();
  }
}
