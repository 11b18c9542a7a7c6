package io.convlens.device.cuda;

import io.convlens.device.DeviceException;
import io.convlens.device.Spec;
import io.convlens.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operations on strided arrays, by our kernels. */
final class ArrayKernels {
  private ArrayKernels() {}

  static void plan(KernelPlan plan, Spec.Broadcast s) {
    Place a = plan.operand(span(s.dims(), s.strideA()));
    Place b = plan.operand(span(s.dims(), s.strideB()));
    Place dst = plan.operand(span(s.dims(), s.strideDst()));
    if (s.dims().contains(0L)) {
      return;
    }
    Axes axes = Axes.of(plan, s.dims(), List.of(s.strideA(), s.strideB(), s.strideDst()));
    PostChain posts = PostChain.of(s.posts());
    broadcast(plan, function(s.function()), axes, a, b, dst, posts.first());
    PostChain rest = posts.rest();
    if (!rest.isEmpty()) {
      Place one = plan.numbers(new float[] {1});
      while (!rest.isEmpty()) {
        broadcast(plan, function(Spec.Function.MUL), axes.inPlace(), dst, one, dst, rest.first());
        rest = rest.rest();
      }
    }
  }

  private static void broadcast(
      KernelPlan plan, int function, Axes axes, Place a, Place b, Place dst, PostChain posts) {
    plan.add(
        Operation.BROADCAST,
        o ->
            posts.into(
                new Words()
                    .put(a.in(o), b.in(o), dst.in(o), function, axes.count())
                    .perAxis(axes.dims())
                    .perAxis(axes.strides().get(0))
                    .perAxis(axes.strides().get(1))
                    .perAxis(axes.strides().get(2)),
                o));
  }

  private static int function(Spec.Function function) {
    return switch (function) {
      case ADD -> 0;
      case SUB -> 1;
      case MUL -> 2;
      case DIV -> 3;
      case POW -> 4;
      case MIN -> 5;
      case MAX -> 6;
      case PRELU -> 7;
    };
  }

  static void plan(KernelPlan plan, Spec.Copy s) {
    Place src = plan.operand(pickedSpan(s));
    Place dst = plan.operand(span(s.dims(), s.strideDst()));
    if (s.dims().contains(0L)) {
      return;
    }
    if (s.maps().stream().allMatch(m -> m == null)) {
      Axes axes = Axes.of(plan, s.dims(), List.of(s.strideSrc(), s.strideDst()));
      copy(plan, src, dst, axes, new Place[Words.AXES], s.fill());
    } else {
      picking(plan, s, src, dst);
    }
  }

  /** Axes that pick stay as they are. */
  private static void picking(KernelPlan plan, Spec.Copy s, Place src, Place dst) {
    int rank = s.dims().size();
    if (rank > Words.AXES) {
      throw tooManyAxes(plan, rank);
    }
    var maps = new Place[Words.AXES];
    for (int i = 0; i < rank; i++) {
      int @Nullable [] map = s.maps().get(i);
      maps[i] = map == null ? Place.NONE : plan.numbers(map);
    }
    copy(plan, src, dst, new Axes(s.dims(), List.of(s.strideSrc(), s.strideDst())), maps, s.fill());
  }

  private static void copy(
      KernelPlan plan, Place src, Place dst, Axes axes, @Nullable Place[] maps, float fill) {
    plan.add(
        Operation.COPY,
        o ->
            new Words()
                .put(src.in(o), dst.in(o), axes.count())
                .perAxis(axes.dims())
                .put(Arrays.stream(maps).mapToLong(m -> m == null ? 0 : m.in(o)).toArray())
                .perAxis(axes.strides().get(0))
                .perAxis(axes.strides().get(1))
                .real(fill));
  }

  static void plan(KernelPlan plan, Spec.Interpolate s) {
    Place src = plan.operand(s.outer() * s.length() * s.inner());
    Place dst = plan.operand(s.outer() * s.indices().size() * s.inner());
    int[] starts = new int[s.indices().size() + 1];
    for (int i = 0; i < s.indices().size(); i++) {
      starts[i + 1] = starts[i] + s.indices().get(i).length;
    }
    if (s.outer() * s.inner() == 0 || s.indices().isEmpty()) {
      return;
    }
    Place from = plan.numbers(starts);
    Place indices = plan.numbers(s.indices().stream().flatMapToInt(IntStream::of).toArray());
    Place weights = plan.numbers(joined(s.weights(), starts[starts.length - 1]));
    plan.add(
        Operation.INTERPOLATE,
        o ->
            new Words()
                .put(src.in(o), from.in(o), indices.in(o), weights.in(o), dst.in(o))
                .put(s.outer(), s.length(), s.inner(), s.indices().size()));
  }

  private static float[] joined(List<float[]> lists, int size) {
    float[] all = new float[size];
    int at = 0;
    for (float[] list : lists) {
      System.arraycopy(list, 0, all, at, list.length);
      at += list.length;
    }
    return all;
  }

  static void plan(KernelPlan plan, Spec.Reduce s) {
    Place src = plan.operand(span(s.dims(), s.strideSrc()));
    Place dst = plan.operand(span(s.dims(), s.strideDst()));
    int rank = s.dims().size();
    if (s.dims().contains(0L)) {
      return;
    }
    if (rank > Words.AXES) {
      throw tooManyAxes(plan, rank);
    }
    List<Long> reduced = s.reduced().stream().map(r -> r ? 1L : 0L).toList();
    plan.add(
        Operation.REDUCE,
        o ->
            new Words()
                .put(src.in(o), dst.in(o), kind(s.kind()), rank)
                .perAxis(s.dims())
                .perAxis(reduced)
                .perAxis(s.strideSrc())
                .perAxis(s.strideDst()));
  }

  private static int kind(Node.ReduceKind kind) {
    return switch (kind) {
      case SUM -> 0;
      case MEAN -> 1;
      case MAX -> 2;
      case MIN -> 3;
      case PROD -> 4;
      case L1 -> 5;
      case L2 -> 6;
      case SUM_SQUARE -> 7;
      case LOG_SUM -> 8;
      case LOG_SUM_EXP -> 9;
    };
  }

  static DeviceException tooManyAxes(KernelPlan plan, int axes) {
    return new DeviceException(
        DeviceException.Kind.UNSUPPORTED,
        "%d axes, the most are %d: %s".formatted(axes, Words.AXES, plan.problem()));
  }

  /** The elements from the first to the last. */
  static long span(List<Long> dims, List<Long> strides) {
    if (dims.contains(0L)) {
      return 0;
    }
    return 1
        + IntStream.range(0, dims.size()).mapToLong(i -> (dims.get(i) - 1) * strides.get(i)).sum();
  }

  private static long pickedSpan(Spec.Copy s) {
    long last = 0;
    for (int i = 0; i < s.dims().size(); i++) {
      int @Nullable [] map = s.maps().get(i);
      long extent = s.dims().get(i);
      long largest = map == null ? extent - 1 : Arrays.stream(map).max().orElse(-1);
      if (extent == 0 || largest < 0) {
        return 0;
      }
      last += largest * s.strideSrc().get(i);
    }
    return last + 1;
  }
}
