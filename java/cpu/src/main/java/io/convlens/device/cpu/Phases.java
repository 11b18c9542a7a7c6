package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.device.cpu.plain.PhaseShuffle;
import io.convlens.device.cpu.plain.PhaseWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * Transposed convolutions with a stride to few channels: outputs that lie a stride apart are
 * channels of one map, which a plain convolution makes; then places are put where they belong.
 * oneDNN's own takes five times as long for a first layer's three colours, which fill three of the
 * sixteen numbers of a vector.
 */
final class Phases {
  /** From as many channels on, oneDNN's vectors are full. */
  private static final int FEW = 8;

  /** With more channels of phases than this there is nothing left to gain. */
  private static final int MOST = 64;

  private Phases() {}

  static boolean suits(Spec.ConvTranspose s) {
    Window3 w = s.window();
    int stride = w.stride().h() * w.stride().w();
    return s.groups() == 1
        && s.weights().shape().rank() == 4
        && w.stride().d() == 1
        && w.dilation().equals(new Axes(1, 1, 1))
        && stride > 1
        && s.dst().c() <= FEW
        && s.dst().c() * stride <= MOST
        && w.padBegin().h() >= 0
        && w.padBegin().w() >= 0
        && s.dst().span() > 0
        && s.src().span() > 0
        && isPadding(window(s, phases(s)));
  }

  /** oneDNN takes no negative padding. */
  private static boolean isPadding(Window3 w) {
    return w.padBegin().h() >= 0
        && w.padBegin().w() >= 0
        && w.padEnd().h() >= 0
        && w.padEnd().w() >= 0;
  }

  /** The map of all phases. */
  private static MapShape phases(Spec.ConvTranspose s) {
    Window3 w = s.window();
    return MapShape.dense(
        s.src().n(),
        1,
        quotients(s.dst().h(), w.padBegin().h(), w.stride().h()),
        quotients(s.dst().w(), w.padBegin().w(), w.stride().w()),
        w.stride().h() * w.stride().w() * s.dst().c());
  }

  /** The window of the convolution that makes it. */
  private static Window3 window(Spec.ConvTranspose s, MapShape phases) {
    Window3 w = s.window();
    int reachH = PhaseWeights.reach(w.kernel().h(), w.stride().h());
    int reachW = PhaseWeights.reach(w.kernel().w(), w.stride().w());
    int beginH = reachH - 1 - w.padBegin().h() / w.stride().h();
    int beginW = reachW - 1 - w.padBegin().w() / w.stride().w();
    return new Window3(
        new Axes(1, reachH, reachW),
        new Axes(1, 1, 1),
        new Axes(1, 1, 1),
        new Axes(0, beginH, beginW),
        new Axes(
            0,
            phases.h() - s.src().h() + reachH - 1 - beginH,
            phases.w() - s.src().w() + reachW - 1 - beginW));
  }

  static void plan(KernelPlan plan, Spec.ConvTranspose s) {
    Window3 w = s.window();
    int strideH = w.stride().h();
    int strideW = w.stride().w();
    MapShape src = s.src();
    MapShape dst = s.dst();
    MapShape phases = phases(s);
    Place.Operand in = plan.operand(src.span());
    List<Place.Operand> adds = new ArrayList<>();
    for (Post p : s.posts()) {
      if (p instanceof Post.Add(int pitch)) {
        adds.add(plan.operand(Maps.withPitch(dst, pitch).span()));
      }
    }
    Place.Operand out = plan.operand(dst.span());
    Place made = plan.scratchFor(phases, phases.c());
    Convolution.plan(
        plan,
        new Spec.Conv(src, phases, window(s, phases), 1, s.weights(), null, List.of()),
        new WeightMaking.Phases(strideH, strideW),
        in,
        made);
    plan.add(
        new PhaseShuffle(
            phases,
            dst,
            strideH,
            strideW,
            w.padBegin().h() % strideH,
            w.padBegin().w() % strideW,
            s.bias()),
        made,
        out);
    RestOfPosts.plan(plan, s.posts(), 0, dst, adds, out);
  }

  /** How many strides the outputs of an axis touch. */
  private static int quotients(int outputs, int padBegin, int stride) {
    return (outputs - 1 + padBegin) / stride - padBegin / stride + 1;
  }
}
