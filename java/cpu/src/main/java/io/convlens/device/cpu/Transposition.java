package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import java.util.function.IntUnaryOperator;

/**
 * Transposed convolutions. With stride 1 they are plain ones with mirrored filters, and so get all
 * that those have: minimal filtering, products, posts. To few channels with a larger stride, as the
 * gradient of a network's first layer, they are a plain one to all {@link Phases} at once.
 */
final class Transposition {
  private static final Axes ONES = new Axes(1, 1, 1);

  private Transposition() {}

  static void plan(KernelPlan plan, Spec.ConvTranspose s) {
    if (isPlain(s)) {
      mirrored(plan, s);
    } else if (Phases.suits(s)) {
      Phases.plan(plan, s);
    } else {
      Convolution.plan(plan, s);
    }
  }

  private static void mirrored(KernelPlan plan, Spec.ConvTranspose s) {
    var conv =
        new Spec.Conv(s.src(), s.dst(), mirrored(s), s.groups(), s.weights(), s.bias(), s.posts());
    if (MatrixProduct.is(conv)) {
      MatrixProduct.plan(plan, conv, false);
    } else if (Winograd.suits(conv, plan.device().info().threads())) {
      Winograd.plan(plan, conv, true);
    } else {
      Convolution.plan(plan, conv, new WeightMaking.Mirrored(s.groups()));
    }
  }

  /** Padding that is negative once mirrored, more than the kernel's reach, is left to oneDNN. */
  private static boolean isPlain(Spec.ConvTranspose s) {
    Window3 w = mirrored(s);
    return s.window().stride().equals(ONES) && isPadding(w.padBegin()) && isPadding(w.padEnd());
  }

  private static boolean isPadding(Axes pad) {
    return pad.d() >= 0 && pad.h() >= 0 && pad.w() >= 0;
  }

  /** The window of the plain convolution: what was cut off is now padding. */
  private static Window3 mirrored(Spec.ConvTranspose s) {
    Window3 w = s.window();
    IntUnaryOperator reach = axis -> w.dilation().get(axis) * (w.kernel().get(axis) - 1);
    IntUnaryOperator begin = axis -> reach.applyAsInt(axis) - w.padBegin().get(axis);
    IntUnaryOperator end =
        axis ->
            extent(s.dst(), axis)
                - extent(s.src(), axis)
                + reach.applyAsInt(axis)
                - begin.applyAsInt(axis);
    return new Window3(w.kernel(), ONES, w.dilation(), axes(begin), axes(end));
  }

  private static int extent(MapShape map, int axis) {
    return Maps.extents(map).get(axis);
  }

  private static Axes axes(IntUnaryOperator of) {
    return new Axes(of.applyAsInt(0), of.applyAsInt(1), of.applyAsInt(2));
  }
}
