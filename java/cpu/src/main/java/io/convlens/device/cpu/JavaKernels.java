package io.convlens.device.cpu;

import io.convlens.device.Spec;
import io.convlens.device.cpu.plain.Broadcasting;
import io.convlens.device.cpu.plain.FiguresOfMaps;
import io.convlens.device.cpu.plain.GroupNormalization;
import io.convlens.device.cpu.plain.Interpolation;
import io.convlens.device.cpu.plain.LayerNormalization;
import io.convlens.device.cpu.plain.NeighboursOfPoints;
import io.convlens.device.cpu.plain.PointAttraction;
import io.convlens.device.cpu.plain.PointDescent;
import io.convlens.device.cpu.plain.PointRepulsion;
import io.convlens.device.cpu.plain.RankInMaps;
import io.convlens.device.cpu.plain.Reduction;
import io.convlens.device.cpu.plain.StridedCopy;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The operations that are computed in Java, and how large their operands are. */
final class JavaKernels {
  private JavaKernels() {}

  static void plan(KernelPlan plan, Spec.Copy s) {
    Place.Operand src = plan.operand(pickedSpan(s));
    long elements = Relayout.span(s.dims(), s.strideDst());
    Place.Operand dst = plan.operand(elements);
    if (elements > 0 && !(Relayout.suits(s) && Relayout.plan(plan, s, src, dst))) {
      plan.add(StridedCopy.of(s), src, dst);
    }
  }

  static void plan(KernelPlan plan, Spec.Broadcast s) {
    Place.Operand a = plan.operand(Relayout.span(s.dims(), s.strideA()));
    Place.Operand b = plan.operand(Relayout.span(s.dims(), s.strideB()));
    Place.Operand dst = plan.operand(Relayout.span(s.dims(), s.strideDst()));
    if (!s.dims().contains(0L)) {
      plan.add(Broadcasting.of(s), a, b, dst);
    }
  }

  static void plan(KernelPlan plan, Spec.Reduce s) {
    Optional<Spec.Pool> pooling = GlobalPooling.of(s);
    if (pooling.isPresent()) {
      Pooling.plan(plan, pooling.get());
      return;
    }
    Place.Operand src = plan.operand(Relayout.span(s.dims(), s.strideSrc()));
    Place.Operand dst = plan.operand(Relayout.span(s.dims(), s.strideDst()));
    if (!s.dims().contains(0L)) {
      plan.add(Reduction.of(s), src, dst);
    }
  }

  static void plan(KernelPlan plan, Spec.Interpolate s) {
    Place.Operand src = plan.operand(s.outer() * s.length() * s.inner());
    Place.Operand dst = plan.operand(s.outer() * s.indices().size() * s.inner());
    plan.add(Interpolation.of(s), src, dst);
  }

  static void plan(KernelPlan plan, Spec.GroupNorm s) {
    plan.add(GroupNormalization.of(s), plan.operand(s.src().span()), plan.operand(s.dst().span()));
  }

  static void plan(KernelPlan plan, Spec.LayerNorm s) {
    long size = s.rows() * s.columns();
    plan.add(LayerNormalization.of(s), plan.operand(size), plan.operand(size));
  }

  static void plan(KernelPlan plan, Spec.MapFigures s) {
    Place.Operand src = plan.operand(s.src().span());
    Place.Operand dst = plan.operand((long) s.src().n() * s.figures().count() * s.src().c());
    plan.add(FiguresOfMaps.of(s), src, dst);
  }

  static void plan(KernelPlan plan, Spec.MapRank s) {
    Place.Operand src = plan.operand(s.src().span());
    Place.Operand dst = plan.operand((long) s.src().n() * Spec.MapRank.COUNT * s.src().c());
    plan.add(RankInMaps.of(s), src, dst);
  }

  static void plan(KernelPlan plan, Spec.Neighbours s) {
    Place.Operand src = plan.operand((long) s.dimensions() * s.points());
    plan.add(NeighboursOfPoints.of(s), src, plan.operand(2L * s.rows() * s.k()));
  }

  static void plan(KernelPlan plan, Spec.Repulsion s) {
    Place.Operand src = plan.operand(2L * s.points());
    plan.add(PointRepulsion.of(s), src, plan.operand(3L * s.points()));
  }

  static void plan(KernelPlan plan, Spec.Attraction s) {
    Place.Operand src = plan.operand(2L * s.points());
    plan.add(PointAttraction.of(s), src, plan.operand(2L * s.points()));
  }

  static void plan(KernelPlan plan, Spec.Descent s) {
    Place.Operand state = plan.operand(6L * s.points());
    Place.Operand attraction = plan.operand(2L * s.points());
    Place.Operand repulsion = plan.operand(3L * s.points());
    Place.Operand dst = plan.operand(6L * s.points());
    plan.add(PointDescent.of(s), state, attraction, repulsion, dst);
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
