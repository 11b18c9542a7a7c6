package io.convlens.device;

import io.convlens.graph.Activation;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Node.ReduceKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Random problems of operations on strided arrays. */
final class ArrayProblems {
  private final Draws draws;
  private final List<Long> dims = new ArrayList<>();

  private ArrayProblems(Draws draws) {
    this.draws = draws;
    int rank = draws.of(1, 5);
    for (int i = 0; i < rank; i++) {
      dims.add((long) draws.of(1, i == rank - 1 ? 40 : 6));
    }
    if (draws.oneIn(8)) {
      // More than any kernel does at once.
      dims.set(draws.of(0, rank - 1), (long) draws.of(2000, 6000));
      dims.replaceAll(d -> d < 2000 ? Math.min(d, 2) : d);
    }
    if (draws.oneIn(3)) {
      Collections.shuffle(dims, draws.random());
    }
  }

  static Spec copy(Draws draws) {
    return new ArrayProblems(draws).copy();
  }

  static Spec broadcast(Draws draws) {
    return new ArrayProblems(draws).broadcast();
  }

  static Spec reduce(Draws draws) {
    return draws.oneIn(3) ? overPlaces(draws) : new ArrayProblems(draws).reduce();
  }

  private Spec copy() {
    boolean picks = draws.oneIn(2);
    List<int @Nullable []> maps = new ArrayList<>();
    List<Long> extents = new ArrayList<>();
    for (long d : dims) {
      boolean mapped = picks && draws.oneIn(2);
      int extent = mapped ? draws.of(1, 9) : (int) d;
      maps.add(mapped ? map((int) d, extent) : null);
      extents.add((long) extent);
    }
    List<Long> src = strides(extents, order());
    if (draws.oneIn(4)) {
      src.set(draws.of(0, src.size() - 1), 0L);
    }
    return new Spec.Copy(dims, maps, src, strides(dims, order()), 0.25f);
  }

  /** Runs, repeats and gaps of an axis. */
  private int[] map(int length, int extent) {
    int first = draws.of(-3, extent - 1);
    boolean scattered = draws.oneIn(3);
    return IntStream.range(0, length)
        .map(i -> scattered ? draws.of(-1, extent - 1) : first + i)
        .map(i -> i < 0 || i >= extent ? -1 : i)
        .toArray();
  }

  private Spec broadcast() {
    List<Integer> order = draws.oneIn(3) ? order() : straight();
    List<Long> dst = strides(dims, order);
    List<Long> a = draws.oneIn(2) ? dst : strides(dims, draws.oneIn(4) ? order() : order);
    List<Long> b = strides(dims, draws.oneIn(4) ? order() : order);
    Spec.Function function = draws.among(List.of(Spec.Function.values()));
    // Quotients and powers are large now and then, and the sine of a large number is anything.
    boolean large = function == Spec.Function.DIV || function == Spec.Function.POW;
    return new Spec.Broadcast(
        function,
        dims,
        draws.oneIn(3) ? repeated(a) : a,
        draws.oneIn(3) ? b : repeated(b),
        dst,
        large ? List.of(new Activation.Relu()) : draws.activations());
  }

  /** Strides of an array that lacks some of the axes. */
  private List<Long> repeated(List<Long> strides) {
    List<Long> all = new ArrayList<>(strides);
    all.replaceAll(s -> draws.oneIn(2) ? 0L : s);
    return all;
  }

  private Spec reduce() {
    List<Boolean> reduced = dims.stream().map(_ -> draws.oneIn(2)).toList();
    List<Long> kept =
        IntStream.range(0, dims.size()).mapToObj(i -> reduced.get(i) ? 1L : dims.get(i)).toList();
    List<Long> dst = strides(kept, draws.oneIn(3) ? order() : straight());
    for (int i = 0; i < dst.size(); i++) {
      dst.set(i, reduced.get(i) ? 0L : dst.get(i));
    }
    List<Long> src = strides(dims, draws.oneIn(3) ? order() : straight());
    return new Spec.Reduce(kind(draws), dims, reduced, src, dst);
  }

  static Spec activationGradient(Draws draws) {
    var problem = new ArrayProblems(draws);
    List<Integer> order = draws.oneIn(3) ? problem.order() : problem.straight();
    List<Long> dst = problem.strides(problem.dims, order);
    return new Spec.ActivationGradient(
        draws.oneIn(2) ? new Activation.Clip(0, draws.oneIn(2) ? 1 : 6) : draws.anyActivation(),
        draws.among(List.of(GradientRule.values())),
        problem.dims,
        draws.oneIn(2) ? dst : problem.strides(problem.dims, order),
        problem.strides(problem.dims, draws.oneIn(4) ? problem.order() : order),
        dst);
  }

  private static ReduceKind kind(Draws draws) {
    return draws.among(List.of(ReduceKind.values()));
  }

  /** What a global pooling is: means over the places of maps. */
  private static Spec overPlaces(Draws draws) {
    MapShape m = draws.map(draws.of(1, 3), 1, 1, draws.of(1, 200), draws.channels());
    long pitch = m.pitch();
    return new Spec.Reduce(
        draws.oneIn(2) ? ReduceKind.MEAN : kind(draws),
        List.of((long) m.n(), (long) m.w(), (long) m.c()),
        List.of(false, true, false),
        List.of(pitch * m.w(), pitch, 1L),
        List.of(m.c() + (long) draws.of(0, 2), 0L, 1L));
  }

  static Spec interpolate(Draws draws) {
    int length = draws.of(1, 20);
    int out = draws.of(1, 30);
    int taps = draws.of(1, 4);
    List<int[]> indices = new ArrayList<>();
    List<float[]> weights = new ArrayList<>();
    for (int o = 0; o < out; o++) {
      indices.add(IntStream.range(0, taps).map(_ -> draws.of(0, length - 1)).toArray());
      float[] w = draws.values(taps);
      w[0] = draws.oneIn(5) ? 0 : w[0];
      weights.add(w);
    }
    long inner = draws.oneIn(3) ? 1 : draws.oneIn(8) ? draws.of(2000, 5000) : draws.of(1, 70);
    return new Spec.Interpolate(draws.of(1, 6), length, inner, indices, weights);
  }

  private List<Integer> straight() {
    return IntStream.range(0, dims.size()).boxed().toList();
  }

  private List<Integer> order() {
    List<Integer> order = new ArrayList<>(straight());
    Collections.shuffle(order, draws.random());
    return order;
  }

  /** Strides of an array whose axes lie in this order, some with gaps. */
  private List<Long> strides(List<Long> extents, List<Integer> order) {
    var strides = new ArrayList<>(Collections.nCopies(extents.size(), 0L));
    long stride = draws.oneIn(4) ? draws.of(1, 3) : 1;
    for (int axis : order.reversed()) {
      strides.set(axis, stride);
      stride = stride * extents.get(axis) + (draws.oneIn(5) ? draws.of(0, 20) : 0);
    }
    return strides;
  }
}
