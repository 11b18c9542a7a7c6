package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.cpu.plain.ActivationGradient;
import io.convlens.graph.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The gradient through activations: by oneDNN for what is open on an interval, whose arrays lie as
 * rows of neighbours, and by Java elsewhere. Rows that lie apart are brought together first.
 */
final class EltwiseGradient {
  private final KernelPlan plan;
  private final Spec.ActivationGradient spec;

  private EltwiseGradient(KernelPlan plan, Spec.ActivationGradient spec) {
    this.plan = plan;
    this.spec = spec;
  }

  static void plan(KernelPlan plan, Spec.ActivationGradient s) {
    Place.Operand gradient = plan.operand(Relayout.span(s.dims(), s.strideGradient()));
    Place.Operand x = plan.operand(Relayout.span(s.dims(), s.strideX()));
    Place.Operand dst = plan.operand(Relayout.span(s.dims(), s.strideDst()));
    if (!s.dims().contains(0L) && !new EltwiseGradient(plan, s).plan(gradient, x, dst)) {
      plan.add(ActivationGradient.of(s), gradient, x, dst);
    }
  }

  /** The function whose derivative is 1 where the gradient passes, in oneDNN. */
  private static Optional<Eltwise> function(Activation function) {
    return switch (function) {
      case Activation.Relu _, Activation.LeakyRelu _ -> Eltwise.of(function);
      case Activation.Clip(float min, float max) when min < max -> Eltwise.of(function);
      default -> Optional.empty();
    };
  }

  private boolean plan(Place gradient, Place x, Place dst) {
    Optional<Eltwise> function = function(spec.function());
    Optional<MapShape> from = rows(spec.strideGradient());
    Optional<MapShape> seen = rows(spec.strideX());
    Optional<MapShape> to = rows(spec.strideDst());
    if (function.isEmpty() || Stream.of(from, seen, to).anyMatch(Optional::isEmpty)) {
      return false;
    }
    return switch (spec.rule()) {
      case GRADIENT -> backward(function.get(), from.get(), gradient, seen.get(), x, to.get(), dst);
      // Those also look at the gradient's own sign.
      case GUIDED, DECONVNET -> false;
    };
  }

  private boolean backward(
      Eltwise function,
      MapShape from,
      Place gradient,
      MapShape seen,
      Place x,
      MapShape to,
      Place dst) {
    long desc = plan.scope().descVector(Maps.dense(to).span());
    long attr = plan.scope().attr(0);
    long engine = plan.device().engine();
    OptionalLong forward =
        plan.describe(
            "eltwise_forward_primitive_desc_create",
            o ->
                Dnnl.Operation.eltwise(
                    o,
                    engine,
                    function.algorithm(),
                    desc,
                    desc,
                    function.alpha(),
                    function.beta(),
                    attr));
    if (forward.isEmpty()) {
      return false;
    }
    OptionalLong back =
        plan.describe(
            "eltwise_backward_primitive_desc_create",
            o ->
                DnnlGradient.eltwise(
                    o,
                    engine,
                    function.algorithm(),
                    desc,
                    desc,
                    desc,
                    function.alpha(),
                    function.beta(),
                    forward.getAsLong(),
                    attr));
    if (back.isEmpty() || plan.scope().implementation(back.getAsLong()).contains("ref")) {
      return false;
    }
    Place result = to.isDense() ? dst : plan.scratchFor(to, to.c());
    var arguments = new ArrayList<PrimitiveStage.Argument>();
    arguments.add(argument(Dnnl.ARG_SRC, desc, seen, x));
    arguments.add(argument(Dnnl.ARG_DIFF_DST, desc, from, gradient));
    arguments.add(new PrimitiveStage.Argument(Dnnl.ARG_DIFF_SRC, desc, result));
    plan.add(back.getAsLong(), arguments);
    if (!to.isDense()) {
      plan.addCopy(Maps.dense(to), result, to.pitch(), dst);
    }
    return true;
  }

  private PrimitiveStage.Argument argument(int index, long desc, MapShape rows, Place place) {
    return new PrimitiveStage.Argument(index, desc, plan.repitched(rows, place, rows.c()));
  }

  /** The array as rows, dense or with a pitch, if it is: all of them have as many elements. */
  private Optional<MapShape> rows(List<Long> strides) {
    List<Long> dims = spec.dims();
    int last = dims.size() - 1;
    if (last > 1 || strides.get(last) != 1 || dims.get(last) > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    int columns = Math.toIntExact(dims.get(last));
    long rows = last == 0 ? 1 : dims.getFirst();
    long pitch = last == 0 ? columns : strides.getFirst();
    return pitch < columns || rows > Integer.MAX_VALUE || pitch > Integer.MAX_VALUE
        ? Optional.empty()
        : Optional.of(new MapShape(1, 1, 1, (int) rows, columns, (int) pitch));
  }
}
