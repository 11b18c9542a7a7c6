package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * oneDNN's C API, as far as it is used here: one static method a function, which returns the
 * function's status. Handles of oneDNN's objects are {@code long}s, 0 for none; {@code out} takes
 * the handle of a new object. {@link DnnlScope} checks statuses and destroys objects.
 *
 * <p>Touch this class only after {@link DnnlLibrary#outcome} said that the library is loaded. All
 * constants are those of {@code dnnl_types.h} 3.13.
 */
final class Dnnl {
  static final int SUCCESS = 0;
  static final int UNIMPLEMENTED = 3;

  static final int ENGINE_CPU = 1;
  static final int STREAM_IN_ORDER = 1;
  static final int FORWARD_TRAINING = 64;
  static final int FORWARD_INFERENCE = 96;
  static final int F32 = 3;
  static final int BF16 = 2;

  /** The bits of avx512_core_bf16, which all later sets of 512 bits have too. */
  private static final int ISA_BF16 = 0xe7;

  static final int TAG_ANY = 1;
  static final int SCRATCHPAD_USER = 1;
  static final int FPMATH_STRICT = 0;

  static final int CONVOLUTION_DIRECT = 1;
  static final int DECONVOLUTION_DIRECT = 10;
  static final int POOLING_MAX = 511;
  static final int POOLING_AVG_INCLUDE_PADDING = 767;
  static final int POOLING_AVG_EXCLUDE_PADDING = 1023;
  static final int LRN_ACROSS_CHANNELS = 2815;
  static final int SOFTMAX_ACCURATE = 196608;
  static final int SOFTMAX_LOG = 196609;
  static final int BINARY_ADD = 131056;

  static final int USE_GLOBAL_STATS = 1;
  static final int USE_SCALE = 2;
  static final int USE_SHIFT = 4;
  static final int FUSE_NORM_RELU = 8;

  static final int QUERY_IMPL_INFO = 8;
  static final int QUERY_WEIGHTS = 131;
  static final int QUERY_WORKSPACE = 135;
  static final int QUERY_SCRATCHPAD = 136;

  static final int ARG_SRC = 1;
  static final int ARG_SRC_1 = 2;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_BIAS = 41;
  static final int ARG_MEAN = 49;
  static final int ARG_VARIANCE = 50;
  static final int ARG_SCALE = 51;
  static final int ARG_SHIFT = 52;
  static final int ARG_WORKSPACE = 64;
  static final int ARG_SCRATCHPAD = 80;
  static final int ARG_DIFF_SRC = 129;
  static final int ARG_DIFF_DST = 145;
  private static final int ARG_POST_OP_BASE = 32768;

  /** The bytes of a {@code dnnl_exec_arg_t}: an int, padding, a handle. */
  static final long EXEC_ARG_BYTES = 16;

  /** The largest rank of an array. */
  static final int MAX_RANK = 12;

  private static final SymbolLookup LIBRARY = library();

  private static final MethodHandle OMP_SET_NUM_THREADS =
      Linker.nativeLinker()
          .downcallHandle(
              LIBRARY.findOrThrow("omp_set_num_threads"), FunctionDescriptor.ofVoid(JAVA_INT));
  private static final MethodHandle VERSION =
      Linker.nativeLinker()
          .downcallHandle(LIBRARY.findOrThrow("dnnl_version"), FunctionDescriptor.of(ADDRESS));
  private static final MethodHandle DESC_SIZE =
      Linker.nativeLinker()
          .downcallHandle(
              LIBRARY.findOrThrow("dnnl_memory_desc_get_size"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle QUERY_MD =
      Linker.nativeLinker()
          .downcallHandle(
              LIBRARY.findOrThrow("dnnl_primitive_desc_query_md"),
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));

  private static final MethodHandle SET_FPMATH = handle("set_default_fpmath_mode", JAVA_INT);
  private static final MethodHandle EFFECTIVE_ISA = handle("get_effective_cpu_isa");
  private static final MethodHandle ENGINE_CREATE =
      handle("engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
  private static final MethodHandle STREAM_CREATE =
      handle("stream_create", ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle STREAM_WAIT = handle("stream_wait", JAVA_LONG);
  private static final MethodHandle ENGINE_DESTROY = handle("engine_destroy", JAVA_LONG);
  private static final MethodHandle STREAM_DESTROY = handle("stream_destroy", JAVA_LONG);
  private static final MethodHandle DESC_WITH_STRIDES =
      handle("memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle DESC_WITH_TAG =
      handle("memory_desc_create_with_tag", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle DESC_CLONE = handle("memory_desc_clone", ADDRESS, JAVA_LONG);
  private static final MethodHandle DESC_EQUAL = handle("memory_desc_equal", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle DESC_DESTROY = handle("memory_desc_destroy", JAVA_LONG);
  private static final MethodHandle MEMORY_CREATE =
      handle("memory_create", ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MEMORY_SET_HANDLE =
      handle("memory_set_data_handle", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MEMORY_DESTROY = handle("memory_destroy", JAVA_LONG);
  private static final MethodHandle ATTR_CREATE = handle("primitive_attr_create", ADDRESS);
  private static final MethodHandle ATTR_SCRATCHPAD =
      handle("primitive_attr_set_scratchpad_mode", JAVA_LONG, JAVA_INT);
  private static final MethodHandle ATTR_POST_OPS =
      handle("primitive_attr_set_post_ops", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ATTR_DESTROY = handle("primitive_attr_destroy", JAVA_LONG);
  private static final MethodHandle POST_OPS_CREATE = handle("post_ops_create", ADDRESS);
  private static final MethodHandle POST_OPS_ELTWISE =
      handle("post_ops_append_eltwise", JAVA_LONG, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle POST_OPS_BINARY =
      handle("post_ops_append_binary", JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle POST_OPS_DESTROY = handle("post_ops_destroy", JAVA_LONG);
  private static final MethodHandle QUERY =
      handle("primitive_desc_query", JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle PD_DESTROY = handle("primitive_desc_destroy", JAVA_LONG);
  private static final MethodHandle PRIMITIVE_CREATE =
      handle("primitive_create", ADDRESS, JAVA_LONG);
  private static final MethodHandle PRIMITIVE_DESTROY = handle("primitive_destroy", JAVA_LONG);
  private static final MethodHandle EXECUTE =
      handle("primitive_execute", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);

  private Dnnl() {}

  private static SymbolLookup library() {
    return switch (DnnlLibrary.outcome()) {
      case DnnlLibrary.Outcome.Loaded(SymbolLookup symbols) -> symbols;
      case DnnlLibrary.Outcome.Missing(String reason) ->
          throw new DeviceException(DeviceException.Kind.UNAVAILABLE, reason);
    };
  }

  /** A function that returns a status. */
  static MethodHandle handle(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(
            LIBRARY.findOrThrow("dnnl_" + name), FunctionDescriptor.of(JAVA_INT, arguments));
  }

  /** oneDNN's version, like 3.13.0. */
  static String version() {
    MemorySegment version;
    try {
      version = (MemorySegment) VERSION.invokeExact();
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    MemorySegment numbers = version.reinterpret(3L * Integer.BYTES);
    return "%d.%d.%d"
        .formatted(
            numbers.getAtIndex(JAVA_INT, 0),
            numbers.getAtIndex(JAVA_INT, 1),
            numbers.getAtIndex(JAVA_INT, 2));
  }

  /** Whether the processor multiplies bfloat16 in vectors of 512 bits, and oneDNN may use that. */
  static boolean multipliesBfloat16() {
    try {
      return ((int) EFFECTIVE_ISA.invokeExact() & ISA_BF16) == ISA_BF16;
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /** How many threads the calls of this thread use from now on. */
  static void setThreads(int threads) {
    try {
      OMP_SET_NUM_THREADS.invokeExact(threads);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int setDefaultFpmathMode(int mode) {
    try {
      return (int) SET_FPMATH.invokeExact(mode);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int engineCreate(MemorySegment out, int kind, long index) {
    try {
      return (int) ENGINE_CREATE.invokeExact(out, kind, index);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int streamCreate(MemorySegment out, long engine, int flags) {
    try {
      return (int) STREAM_CREATE.invokeExact(out, engine, flags);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int streamWait(long stream) {
    try {
      return (int) STREAM_WAIT.invokeExact(stream);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int descWithStrides(
      MemorySegment out, int rank, MemorySegment dims, int type, MemorySegment strides) {
    try {
      return (int) DESC_WITH_STRIDES.invokeExact(out, rank, dims, type, strides);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int descWithTag(MemorySegment out, int rank, MemorySegment dims, int type, int tag) {
    try {
      return (int) DESC_WITH_TAG.invokeExact(out, rank, dims, type, tag);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int descClone(MemorySegment out, long desc) {
    try {
      return (int) DESC_CLONE.invokeExact(out, desc);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /** Whether two descriptions are of one layout. */
  static boolean descEqual(long a, long b) {
    int equal;
    try {
      equal = (int) DESC_EQUAL.invokeExact(a, b);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
    return equal != 0;
  }

  /** The bytes that an array of this description takes. */
  static long descSize(long desc) {
    try {
      return (long) DESC_SIZE.invokeExact(desc);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int memoryCreate(MemorySegment out, long desc, long engine, long address) {
    try {
      return (int) MEMORY_CREATE.invokeExact(out, desc, engine, address);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int memorySetHandle(long memory, long address) {
    try {
      return (int) MEMORY_SET_HANDLE.invokeExact(memory, address);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int attrCreate(MemorySegment out) {
    try {
      return (int) ATTR_CREATE.invokeExact(out);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int attrSetScratchpadMode(long attr, int mode) {
    try {
      return (int) ATTR_SCRATCHPAD.invokeExact(attr, mode);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int attrSetPostOps(long attr, long postOps) {
    try {
      return (int) ATTR_POST_OPS.invokeExact(attr, postOps);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int postOpsCreate(MemorySegment out) {
    try {
      return (int) POST_OPS_CREATE.invokeExact(out);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int postOpsAppendEltwise(long postOps, int algorithm, float alpha, float beta) {
    try {
      return (int) POST_OPS_ELTWISE.invokeExact(postOps, algorithm, alpha, beta);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int postOpsAppendBinary(long postOps, int algorithm, long desc) {
    try {
      return (int) POST_OPS_BINARY.invokeExact(postOps, algorithm, desc);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int query(long primitiveDesc, int what, int index, MemorySegment result) {
    try {
      return (int) QUERY.invokeExact(primitiveDesc, what, index, result);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /** A memory description that belongs to the primitive description; 0 if there is none. */
  static long queryDesc(long primitiveDesc, int what, int index) {
    try {
      return (long) QUERY_MD.invokeExact(primitiveDesc, what, index);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int primitiveCreate(MemorySegment out, long primitiveDesc) {
    try {
      return (int) PRIMITIVE_CREATE.invokeExact(out, primitiveDesc);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /** Runs a primitive; {@code arguments} is the address of so many {@code dnnl_exec_arg_t}. */
  static int execute(long primitive, long stream, int count, long arguments) {
    try {
      return (int) EXECUTE.invokeExact(primitive, stream, count, arguments);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  /** The argument index of the second operand of a binary post-op. */
  static int argPostOp(int index) {
    return ARG_POST_OP_BASE * (index + 1) | ARG_SRC_1;
  }

  /** The kinds of object that are destroyed. */
  enum Handle {
    ENGINE(ENGINE_DESTROY),
    STREAM(STREAM_DESTROY),
    DESC(DESC_DESTROY),
    MEMORY(MEMORY_DESTROY),
    ATTR(ATTR_DESTROY),
    POST_OPS(POST_OPS_DESTROY),
    PRIMITIVE_DESC(PD_DESTROY),
    PRIMITIVE(PRIMITIVE_DESTROY);

    private final MethodHandle destroy;

    Handle(MethodHandle destroy) {
      this.destroy = destroy;
    }

    int destroy(long handle) {
      try {
        return (int) destroy.invokeExact(handle);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }
  }

  /** Makes descriptions of operations. Arrays of numbers hold one a spatial axis. */
  static final class Operation {
    private static final MethodHandle REORDER =
        handle(
            "reorder_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    private static final MethodHandle CONVOLUTION =
        windowed("convolution_forward_primitive_desc_create");
    private static final MethodHandle DECONVOLUTION =
        windowed("deconvolution_forward_primitive_desc_create");
    private static final MethodHandle POOLING =
        handle(
            "pooling_forward_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            JAVA_LONG);
    private static final MethodHandle MATMUL =
        handle(
            "matmul_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG);
    private static final MethodHandle ELTWISE =
        handle(
            "eltwise_forward_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_LONG);
    private static final MethodHandle SOFTMAX =
        handle(
            "softmax_forward_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG);
    private static final MethodHandle LRN =
        handle(
            "lrn_forward_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_LONG);
    private static final MethodHandle BATCH_NORM =
        handle(
            "batch_normalization_forward_primitive_desc_create",
            ADDRESS,
            JAVA_LONG,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG,
            JAVA_FLOAT,
            JAVA_INT,
            JAVA_LONG);

    private Operation() {}

    private static MethodHandle windowed(String name) {
      return handle(
          name, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
          ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    }

    static int reorder(MemorySegment out, long engine, long src, long dst, long attr) {
      try {
        return (int) REORDER.invokeExact(out, src, engine, dst, engine, attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int convolution(
        MemorySegment out,
        long engine,
        long src,
        long weights,
        long bias,
        long dst,
        MemorySegment strides,
        MemorySegment dilates,
        MemorySegment padBegin,
        MemorySegment padEnd,
        long attr) {
      try {
        return (int)
            CONVOLUTION.invokeExact(
                out,
                engine,
                FORWARD_INFERENCE,
                CONVOLUTION_DIRECT,
                src,
                weights,
                bias,
                dst,
                strides,
                dilates,
                padBegin,
                padEnd,
                attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int deconvolution(
        MemorySegment out,
        long engine,
        long src,
        long weights,
        long bias,
        long dst,
        MemorySegment strides,
        MemorySegment dilates,
        MemorySegment padBegin,
        MemorySegment padEnd,
        long attr) {
      try {
        return (int)
            DECONVOLUTION.invokeExact(
                out,
                engine,
                FORWARD_INFERENCE,
                DECONVOLUTION_DIRECT,
                src,
                weights,
                bias,
                dst,
                strides,
                dilates,
                padBegin,
                padEnd,
                attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int pooling(
        MemorySegment out,
        long engine,
        int propagation,
        int algorithm,
        long src,
        long dst,
        MemorySegment strides,
        MemorySegment kernel,
        MemorySegment dilates,
        MemorySegment padBegin,
        MemorySegment padEnd,
        long attr) {
      try {
        return (int)
            POOLING.invokeExact(
                out,
                engine,
                propagation,
                algorithm,
                src,
                dst,
                strides,
                kernel,
                dilates,
                padBegin,
                padEnd,
                attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int matmul(
        MemorySegment out, long engine, long src, long weights, long bias, long dst, long attr) {
      try {
        return (int) MATMUL.invokeExact(out, engine, src, weights, bias, dst, attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int eltwise(
        MemorySegment out,
        long engine,
        int algorithm,
        long src,
        long dst,
        float alpha,
        float beta,
        long attr) {
      try {
        return (int)
            ELTWISE.invokeExact(
                out, engine, FORWARD_INFERENCE, algorithm, src, dst, alpha, beta, attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int softmax(
        MemorySegment out, long engine, int algorithm, long src, long dst, int axis, long attr) {
      try {
        return (int)
            SOFTMAX.invokeExact(out, engine, FORWARD_INFERENCE, algorithm, src, dst, axis, attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int lrn(
        MemorySegment out,
        long engine,
        long src,
        long dst,
        long size,
        float alpha,
        float beta,
        float k,
        long attr) {
      try {
        return (int)
            LRN.invokeExact(
                out,
                engine,
                FORWARD_INFERENCE,
                LRN_ACROSS_CHANNELS,
                src,
                dst,
                size,
                alpha,
                beta,
                k,
                attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }

    static int batchNormalization(
        MemorySegment out, long engine, long src, long dst, float epsilon, int flags, long attr) {
      try {
        return (int)
            BATCH_NORM.invokeExact(out, engine, FORWARD_INFERENCE, src, dst, epsilon, flags, attr);
      } catch (Throwable e) {
        throw Libc.unexpected(e);
      }
    }
  }
}
