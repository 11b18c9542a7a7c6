package io.convlens.device.cpu.plain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceSuite;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Node.PoolKind;
import io.convlens.graph.Node.ReduceKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every kernel in Java against the reference, those too that the CPU device leaves to oneDNN most
 * of the time; and what random problems don't reach.
 */
class PlainKernelTest {
  private static final int CASES = 300;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pool",
        "lrn",
        "affine",
        "groupnorm",
        "layernorm",
        "pointwise",
        "broadcast",
        "copy",
        "interpolate",
        "reduce",
        "patches",
        "windows",
        "poolwindows"
      })
  void matchesTheReference(String kind) {
    try (Device device = new PlainDevice(2)) {
      DeviceSuite.check(device, kind, 1000, CASES);
    }
  }

  /** Sizes at which work is shared, and the bytes for one, two and five threads. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void bytesDoNotDependOnThreads(int threads) {
    MapShape map = new MapShape(3, 1, 41, 37, 19, 23);
    int c = map.c();
    long places = map.places();
    try (Tensor scale = Tensor.of(Shape.of(c), values(c, 7));
        Tensor shift = Tensor.of(Shape.of(c), values(c, 8))) {
      List<Spec> specs =
          List.of(
              new Spec.GroupNorm(map, map, 1, 1e-5f, scale, shift),
              new Spec.GroupNorm(map, map, c, 1e-5f, scale, shift),
              new Spec.LayerNorm(places, c, 1e-5f, scale, shift),
              new Spec.Lrn(map, map, 5, 1e-2f, 0.75f, 1),
              new Spec.Pointwise(map, map, List.of(new Activation.Softplus())),
              reduce(ReduceKind.SUM, places, c, true),
              reduce(ReduceKind.LOG_SUM_EXP, places, c, false));
      for (Spec spec : specs) {
        assertArrayEquals(run(spec, map.span(), 1), run(spec, map.span(), threads), spec::toString);
      }
    }
  }

  private static Spec reduce(ReduceKind kind, long rows, long columns, boolean overRows) {
    return new Spec.Reduce(
        kind,
        List.of(rows, columns),
        List.of(overRows, !overRows),
        List.of(columns, 1L),
        overRows ? List.of(0L, 1L) : List.of(1L, 0L));
  }

  private static float[] run(Spec spec, long size, int threads) {
    float[] in = values((int) size, 5);
    float[] out = new float[in.length];
    try (var parallel = new Parallel(threads)) {
      PlainDevice.kernel(spec)
          .run(
              new MemorySegment[] {MemorySegment.ofArray(in), MemorySegment.ofArray(out)},
              parallel);
    }
    return out;
  }

  private static float[] values(int count, long seed) {
    var random = new Random(seed);
    float[] v = new float[count];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextGaussian();
    }
    return v;
  }

  /** A running sum in single precision would stop at 2²⁴. */
  @Test
  void largeSumsStayAccurate() {
    int count = 20_000_000;
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    assertEquals(count, sum(ones, reduce(ReduceKind.SUM, 1, count, false)));
    assertEquals(count, sum(ones, reduce(ReduceKind.SUM, count, 1, true)));
  }

  private static float sum(float[] values, Spec spec) {
    float[] result = new float[1];
    try (var parallel = new Parallel(2)) {
      PlainDevice.kernel(spec)
          .run(
              new MemorySegment[] {MemorySegment.ofArray(values), MemorySegment.ofArray(result)},
              parallel);
    }
    return result[0];
  }

  /** Elements at 1000 that differ by thousandths: one pass over squares would see noise only. */
  @Test
  void normalisationsSurviveALargeMean() {
    int columns = 64;
    float[] x = values(columns, 3);
    for (int i = 0; i < columns; i++) {
      x[i] = 1000 + x[i] / 1000;
    }
    double mean = IntStream.range(0, columns).mapToDouble(i -> x[i]).average().orElseThrow();
    double variance =
        IntStream.range(0, columns)
            .mapToDouble(i -> (x[i] - mean) * (x[i] - mean))
            .average()
            .orElseThrow();
    MapShape map = MapShape.dense(1, 1, 1, columns, 1);
    try (Tensor ones = constant(columns, 1);
        Tensor zeros = constant(columns, 0);
        Tensor one = constant(1, 1);
        Tensor zero = constant(1, 0)) {
      for (Spec spec :
          List.of(
              new Spec.LayerNorm(1, columns, 1e-12f, ones, zeros),
              new Spec.GroupNorm(map, map, 1, 1e-12f, one, zero))) {
        float[] y = apply(spec, x, columns);
        for (int i = 0; i < columns; i++) {
          assertEquals((x[i] - mean) / Math.sqrt(variance), y[i], 1e-5, spec.toString());
        }
      }
    }
  }

  private static Tensor constant(int count, float value) {
    float[] v = new float[count];
    Arrays.fill(v, value);
    return Tensor.of(Shape.of(count), v);
  }

  private static float[] apply(Spec spec, float[] in, int size) {
    float[] out = new float[size];
    try (var parallel = new Parallel(1)) {
      PlainDevice.kernel(spec)
          .run(
              new MemorySegment[] {MemorySegment.ofArray(in), MemorySegment.ofArray(out)},
              parallel);
    }
    return out;
  }

  @Test
  void copiesBackwardsAndFills() {
    int[] backwards = {4, 2, 0, -1, -1, 3};
    float[] y =
        apply(
            new Spec.Copy(
                List.of(2L, 6L),
                Arrays.asList(null, backwards),
                List.of(5L, 1L),
                List.of(6L, 1L),
                -7),
            new float[] {0, 1, 2, 3, 4, 10, 11, 12, 13, 14},
            12);
    assertArrayEquals(new float[] {4, 2, 0, -7, -7, 3, 14, 12, 10, -7, -7, 13}, y);
  }

  /** Longer than a piece, and not a multiple of one: every form of the inner loops. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void copiesLongLoops(int stride) {
    int count = 100_003;
    float[] x = values(count * stride, 1);
    Spec spec =
        new Spec.Copy(
            List.of((long) count),
            Collections.singletonList(null),
            List.of((long) stride),
            List.of(1L),
            0);
    float[] y = apply(spec, x, count);
    for (int i = 0; i < count; i++) {
      assertEquals(x[i * stride], y[i]);
    }
  }

  @Test
  void emptyArraysAreLeftAlone() {
    List<Long> dims = List.of(3L, 0L);
    List<Long> strides = List.of(1L, 1L);
    MemorySegment[] none = {
      MemorySegment.ofArray(new float[0]),
      MemorySegment.ofArray(new float[0]),
      MemorySegment.ofArray(new float[0])
    };
    try (var parallel = new Parallel(2)) {
      StridedCopy.of(new Spec.Copy(dims, Arrays.asList(null, null), strides, strides, 0))
          .run(none, parallel);
      Broadcasting.of(
              new Spec.Broadcast(Spec.Function.ADD, dims, strides, strides, strides, List.of()))
          .run(none, parallel);
      MapShape map = MapShape.dense(0, 1, 3, 3, 2);
      Pointwise.of(new Spec.Pointwise(map, map, List.of(new Activation.Mish())))
          .run(none, parallel);
    }
  }

  /** As in torch and numpy: what is no number is the answer, wherever in the window it stands. */
  @Test
  void poolingAnswersNotANumberWithItself() {
    MapShape src = MapShape.dense(1, 1, 1, 4, 1);
    MapShape dst = MapShape.dense(1, 1, 1, 2, 1);
    Axes one = new Axes(1, 1, 1);
    Axes two = new Axes(1, 1, 2);
    Axes none = new Axes(0, 0, 0);
    for (PoolKind kind : PoolKind.values()) {
      var window = new Window3(two, two, one, none, none);
      float[] y =
          apply(
              new Spec.Pool(src, dst, kind, window, none, 2), new float[] {1, Float.NaN, -4, 2}, 2);
      assertEquals(Float.NaN, y[0], kind.toString());
      assertEquals(
          switch (kind) {
            case MAX -> 2;
            case AVERAGE, AVERAGE_WITH_PADDING -> -1;
            case LP -> (float) Math.sqrt(20);
          },
          y[1],
          kind.toString());
    }
  }

  @Test
  void aTapWithoutWeightReadsNothing() {
    float[] x = {1, Float.POSITIVE_INFINITY, 3};
    for (long inner : new long[] {1, 3000}) {
      float[] in = new float[(int) (x.length * inner)];
      for (int i = 0; i < in.length; i++) {
        in[i] = x[(int) (i / inner)];
      }
      Spec spec =
          new Spec.Interpolate(1, 3, inner, List.of(new int[] {0, 1}), List.of(new float[] {1, 0}));
      assertEquals(1, apply(spec, in, (int) inner)[0]);
    }
  }
}
