package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Descriptions of oneDNN's backward operations, each with the forward one that it undoes. */
final class DnnlGradient {
  private static final MethodHandle POOLING =
      Dnnl.handle(
          "pooling_backward_primitive_desc_create",
          ADDRESS,
          JAVA_LONG,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG);
  private static final MethodHandle ELTWISE =
      Dnnl.handle(
          "eltwise_backward_primitive_desc_create",
          ADDRESS,
          JAVA_LONG,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_LONG,
          JAVA_LONG);

  private DnnlGradient() {}

  /** Arrays of numbers hold one a spatial axis; {@code forward} was described for training. */
  static int pooling(
      MemorySegment out,
      long engine,
      int algorithm,
      long diffSrc,
      long diffDst,
      MemorySegment strides,
      MemorySegment kernel,
      MemorySegment dilates,
      MemorySegment padBegin,
      MemorySegment padEnd,
      long forward,
      long attr) {
    try {
      return (int)
          POOLING.invokeExact(
              out, engine, algorithm, diffSrc, diffDst, strides, kernel, dilates, padBegin, padEnd,
              forward, attr);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }

  static int eltwise(
      MemorySegment out,
      long engine,
      int algorithm,
      long diffSrc,
      long diffDst,
      long data,
      float alpha,
      float beta,
      long forward,
      long attr) {
    try {
      return (int)
          ELTWISE.invokeExact(
              out, engine, algorithm, diffSrc, diffDst, data, alpha, beta, forward, attr);
    } catch (Throwable e) {
      throw Libc.unexpected(e);
    }
  }
}
