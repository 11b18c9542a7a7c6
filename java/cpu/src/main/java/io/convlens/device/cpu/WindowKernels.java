package io.convlens.device.cpu;

import io.convlens.device.Spec;
import io.convlens.device.cpu.plain.PatchWindows;
import io.convlens.device.cpu.plain.WindowChanges;
import io.convlens.device.cpu.plain.WindowPoolChanges;
import java.util.ArrayList;
import java.util.List;

/** Operations on windows of a map, and how large their operands are. */
final class WindowKernels {
  private WindowKernels() {}

  static void plan(KernelPlan plan, Spec.Patches s) {
    Place.Operand picture = plan.operand(s.picture().span());
    plan.add(PatchWindows.of(s), picture, plan.operand(s.dst().span()));
  }

  static void plan(KernelPlan plan, Spec.Windows s) {
    List<Place> operands = new ArrayList<>();
    s.sources().forEach(source -> operands.add(plan.operand(source.map().span())));
    if (s.result() != Spec.Windowed.CHANGE) {
      operands.add(plan.operand(s.map().span()));
    }
    operands.add(plan.operand(s.dst().span()));
    plan.add(WindowChanges.of(s), operands.toArray(Place[]::new));
  }

  static void plan(KernelPlan plan, Spec.PoolWindows s) {
    plan.add(
        WindowPoolChanges.of(s),
        plan.operand(s.src().span()),
        plan.operand(s.base().span()),
        plan.operand(s.pooled().span()),
        plan.operand(s.dst().span()));
  }
}
