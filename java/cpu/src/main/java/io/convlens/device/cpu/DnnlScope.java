package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Objects of oneDNN that live as long as each other, destroyed in reverse order of their making.
 * Failures name the call, the status and the problem at hand.
 */
final class DnnlScope implements AutoCloseable {
  private record Owned(Dnnl.Handle kind, long handle) {}

  /** A call that writes a new object's handle to {@code out} and returns a status. */
  @FunctionalInterface
  interface Creation {
    int call(MemorySegment out);
  }

  private static final AtomicLong LIVE = new AtomicLong();

  private final String problem;
  private final Deque<Owned> owned = new ArrayDeque<>();

  DnnlScope(String problem) {
    this.problem = problem;
  }

  /** How many objects of oneDNN are open in this process: what a leak test watches. */
  static long live() {
    return LIVE.get();
  }

  String problem() {
    return problem;
  }

  /** Makes an object that this scope destroys. */
  long create(Dnnl.Handle kind, String call, Creation creation) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      check(call, creation.call(out));
      return own(kind, out.get(JAVA_LONG, 0));
    }
  }

  /** Like {@link #create}, but nothing where oneDNN has no implementation. */
  OptionalLong createIfImplemented(Dnnl.Handle kind, String call, Creation creation) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      int status = creation.call(out);
      if (status == Dnnl.UNIMPLEMENTED) {
        return OptionalLong.empty();
      }
      check(call, status);
      return OptionalLong.of(own(kind, out.get(JAVA_LONG, 0)));
    }
  }

  private long own(Dnnl.Handle kind, long handle) {
    LIVE.incrementAndGet();
    owned.push(new Owned(kind, handle));
    return handle;
  }

  /** Throws unless the status is success. */
  void check(String call, int status) {
    if (status == Dnnl.SUCCESS) {
      return;
    }
    String message =
        "dnnl_%s returned %d (%s) for %s".formatted(call, status, text(status), problem);
    throw new DeviceException(
        switch (text(status)) {
          case "out of memory" -> DeviceException.Kind.OUT_OF_MEMORY;
          case "unimplemented" -> DeviceException.Kind.UNSUPPORTED;
          default -> DeviceException.Kind.FAILED;
        },
        message);
  }

  private static String text(int status) {
    return switch (status) {
      case 1 -> "out of memory";
      case 2 -> "invalid arguments";
      case 3 -> "unimplemented";
      case 4 -> "last implementation reached";
      case 5 -> "runtime error";
      case 6 -> "not required";
      default -> "status of no name";
    };
  }

  /** A float32 array with these extents and strides. */
  long desc(long[] dims, long[] strides) {
    return desc(Dnnl.F32, dims, strides);
  }

  /** An array of one of oneDNN's types with these extents and strides. */
  long desc(int type, long[] dims, long[] strides) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment d = longs(arena, dims);
      MemorySegment s = longs(arena, strides);
      return create(
          Dnnl.Handle.DESC,
          "memory_desc_create_with_strides",
          out -> Dnnl.descWithStrides(out, dims.length, d, type, s));
    }
  }

  /** An array of one of oneDNN's types whose layout oneDNN chooses. */
  long descAny(int type, long... dims) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment d = longs(arena, dims);
      return create(
          Dnnl.Handle.DESC,
          "memory_desc_create_with_tag",
          out -> Dnnl.descWithTag(out, dims.length, d, type, Dnnl.TAG_ANY));
    }
  }

  /** A dense float32 array of one axis. */
  long descVector(long size) {
    return desc(new long[] {size}, new long[] {1});
  }

  /** Numbers as oneDNN takes them. */
  static MemorySegment longs(Arena arena, long... values) {
    MemorySegment s = arena.allocate(JAVA_LONG, Dnnl.MAX_RANK);
    MemorySegment.copy(values, 0, s, JAVA_LONG, 0, values.length);
    return s;
  }

  /** Attributes with post-ops (0 for none) and scratch memory that the caller gives. */
  long attr(long postOps) {
    long attr = create(Dnnl.Handle.ATTR, "primitive_attr_create", Dnnl::attrCreate);
    check(
        "primitive_attr_set_scratchpad_mode",
        Dnnl.attrSetScratchpadMode(attr, Dnnl.SCRATCHPAD_USER));
    if (postOps != 0) {
      check("primitive_attr_set_post_ops", Dnnl.attrSetPostOps(attr, postOps));
    }
    return attr;
  }

  long primitive(long primitiveDesc) {
    return create(
        Dnnl.Handle.PRIMITIVE, "primitive_create", out -> Dnnl.primitiveCreate(out, primitiveDesc));
  }

  long memory(long desc, long engine, long address) {
    return create(
        Dnnl.Handle.MEMORY, "memory_create", out -> Dnnl.memoryCreate(out, desc, engine, address));
  }

  /** The name of the implementation that oneDNN chose, like {@code brgconv:avx512_core}. */
  String implementation(long primitiveDesc) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      check("primitive_desc_query", Dnnl.query(primitiveDesc, Dnnl.QUERY_IMPL_INFO, 0, out));
      return MemorySegment.ofAddress(out.get(JAVA_LONG, 0))
          .reinterpret(Integer.MAX_VALUE)
          .getString(0);
    }
  }

  /** A description of this scope's own, like another. */
  long copyOf(long desc) {
    return create(Dnnl.Handle.DESC, "memory_desc_clone", out -> Dnnl.descClone(out, desc));
  }

  @Override
  public void close() {
    while (!owned.isEmpty()) {
      Owned o = owned.pop();
      LIVE.decrementAndGet();
      check("destroy", o.kind.destroy(o.handle));
    }
  }
}
