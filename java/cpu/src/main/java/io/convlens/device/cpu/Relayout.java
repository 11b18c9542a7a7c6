package io.convlens.device.cpu;

import io.convlens.device.Spec;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Changes of layout by oneDNN's reorder: copies of every element, each once, between any two sets
 * of strides. Channels first to last and back, transposes and runs of channels are of this form.
 */
final class Relayout {
  private Relayout() {}

  /** Whether a copy leaves nothing out and repeats nothing. */
  static boolean suits(Spec.Copy s) {
    return s.maps().stream().allMatch(Objects::isNull)
        && s.dims().size() <= Dnnl.MAX_RANK
        && IntStream.range(0, s.dims().size())
            .allMatch(
                i -> s.dims().get(i) == 1 || (s.strideSrc().get(i) > 0 && s.strideDst().get(i) > 0))
        && nests(s.dims(), s.strideSrc())
        && nests(s.dims(), s.strideDst());
  }

  /** Whether each axis steps over all that lies inside it, as oneDNN wants. */
  private static boolean nests(List<Long> dims, List<Long> strides) {
    List<Integer> axes =
        IntStream.range(0, dims.size())
            .filter(i -> dims.get(i) != 1)
            .boxed()
            .sorted(Comparator.comparing(strides::get))
            .toList();
    long inside = 1;
    for (int axis : axes) {
      if (strides.get(axis) < inside) {
        return false;
      }
      inside = strides.get(axis) * dims.get(axis);
    }
    return true;
  }

  /** Adds it, or returns false where oneDNN takes no such strides. */
  static boolean plan(KernelPlan plan, Spec.Copy s, Place src, Place dst) {
    long from = desc(plan, s.dims(), s.strideSrc());
    long to = desc(plan, s.dims(), s.strideDst());
    OptionalLong description = plan.describeReorder(from, to);
    description.ifPresent(
        d ->
            plan.add(
                d,
                List.of(
                    new PrimitiveStage.Argument(Dnnl.ARG_SRC, from, src),
                    new PrimitiveStage.Argument(Dnnl.ARG_DST, to, dst))));
    return description.isPresent();
  }

  /** The elements from the first to the last. */
  static long span(List<Long> dims, List<Long> strides) {
    if (dims.contains(0L)) {
      return 0;
    }
    return 1
        + IntStream.range(0, dims.size()).mapToLong(i -> (dims.get(i) - 1) * strides.get(i)).sum();
  }

  /** Axes of extent 1 say nothing; a single element is an axis of 1. */
  private static long desc(KernelPlan plan, List<Long> dims, List<Long> strides) {
    int[] axes = IntStream.range(0, dims.size()).filter(i -> dims.get(i) != 1).toArray();
    return axes.length == 0
        ? plan.scope().descVector(1)
        : plan.scope()
            .desc(
                IntStream.of(axes).mapToLong(dims::get).toArray(),
                IntStream.of(axes).mapToLong(strides::get).toArray());
  }
}
