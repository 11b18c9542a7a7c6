package io.convlens.device.cuda;

import io.convlens.device.DeviceException;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.cuda.cudnn.cudnnActivationStruct;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Convolutions of pictures by cuDNN's convolution calls: on maps as they are, or with the channels
 * turned first before and last after. Bias, residual and ReLU are computed with the convolution
 * where cuDNN can, else by our kernel in place.
 */
@SuppressWarnings("deprecation") // cuDNN 9 prefers its graphs; this interface stays.
final class DnnConvolution {
  /**
   * Of these no algorithm loses more than rounding: those by Fourier transforms and by Winograd's
   * larger tiles do, and take part where float32 is not asked for in full.
   */
  private static final List<Integer> EXACT =
      List.of(
          cudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
          cudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
          cudnn.CUDNN_CONVOLUTION_FWD_ALGO_GEMM,
          cudnn.CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD);

  private final Dnn dnn;
  private final KernelPlan plan;
  private final Spec.Conv spec;
  private final boolean channelsLast;
  private final int algorithm;

  private DnnConvolution(
      Dnn dnn, KernelPlan plan, Spec.Conv spec, boolean channelsLast, int algorithm) {
    this.dnn = dnn;
    this.plan = plan;
    this.spec = spec;
    this.channelsLast = channelsLast;
    this.algorithm = algorithm;
  }

  /** The ways that cuDNN may know to compute a convolution; none where it can't. */
  static List<Candidate> candidates(Dnn dnn, Spec.Conv s) {
    List<Candidate> all = new ArrayList<>();
    if (!applies(s.src(), s.dst(), s.window())) {
      return all;
    }
    for (boolean channelsLast : new boolean[] {true, false}) {
      if (channelsLast && !(s.src().isDense() && s.dst().isDense())) {
        continue;
      }
      for (int algorithm : EXACT) {
        all.add(
            new Candidate(
                "cudnn %s %d".formatted(channelsLast ? "nhwc" : "nchw", algorithm),
                plan -> new DnnConvolution(dnn, plan, s, channelsLast, algorithm).plan()));
      }
    }
    return all;
  }

  /** Whether cuDNN's padding, the same on both sides, gives the output's extents. */
  static boolean applies(MapShape src, MapShape dst, Window3 w) {
    return src.d() == 1
        && dst.d() == 1
        && w.kernel().d() == 1
        && src.span() > 0
        && dst.span() > 0
        && src.span() < Integer.MAX_VALUE
        && dst.span() < Integer.MAX_VALUE
        && extent(src.h(), w, 1) == dst.h()
        && extent(src.w(), w, 2) == dst.w();
  }

  private static int extent(int in, Window3 w, int axis) {
    int reach = w.dilation().get(axis) * (w.kernel().get(axis) - 1) + 1;
    return 1 + (in + 2 * w.padBegin().get(axis) - reach) / w.stride().get(axis);
  }

  private void plan() {
    Place src = plan.operand(spec.src().span());
    PostChain posts = PostChain.of(plan, spec.posts(), spec.dst().places(), spec.dst().c());
    Place dst = plan.operand(spec.dst().span());
    var make = new DnnDescriptors(dnn, plan);
    Place weights = plan.constant(spec.weights(), weights());
    var call = new Call(make);
    if (!channelsLast) {
      turned(call, src, weights, dst, posts);
      return;
    }
    Place workspace = plan.scratch(call.workspaceBytes);
    Optional<PostChain.Residual> residual = posts.asResidual().filter(this::fuses);
    if (residual.isPresent()) {
      Place bias = spec.bias() == null ? zeros() : plan.constant(spec.bias());
      call.fused(src, weights, bias, residual.get(), dst, workspace);
    } else {
      call.plain(src, weights, dst, workspace);
      rest(posts, dst);
    }
  }

  /** Without a ReLU, cuDNN takes a bias with one algorithm only. */
  private boolean fuses(PostChain.Residual r) {
    boolean any = spec.bias() != null || r.relu() || r.other().isPresent();
    boolean can = r.relu() || algorithm == cudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
    return any && can && (r.other().isEmpty() || r.pitch() == spec.dst().pitch());
  }

  private Place zeros() {
    return plan.numbers(new float[spec.dst().c()]);
  }

  /** Bias and what follows, by our kernel. */
  private void rest(PostChain posts, Place dst) {
    if (spec.bias() != null || !posts.isEmpty()) {
      MapShape map = spec.dst();
      MapKernels.affine(plan, map, dst, Place.NONE, plan.constant(spec.bias()), map, dst, posts);
    }
  }

  private void turned(Call call, Place src, Place weights, Place dst, PostChain posts) {
    long in = Turn.bytes(spec.src());
    long out = Turn.bytes(spec.dst());
    Place turnedSrc = plan.scratch(in + out + call.workspaceBytes);
    Place turnedDst = turnedSrc.plus(in);
    Turn.channelsFirst(plan, spec.src(), src, turnedSrc);
    call.plain(turnedSrc, weights, turnedDst, turnedDst.plus(out));
    Turn.channelsLast(plan, spec.dst(), turnedDst, dst);
    rest(posts, dst);
  }

  /** From {@code [M, C/groups, taps]}: itself, or {@code [M, taps, C/groups]}. */
  private Arrangement weights() {
    long size = spec.weights().size();
    long taps = (long) spec.window().kernel().h() * spec.window().kernel().w();
    long inputs = spec.src().c() / spec.groups();
    return channelsLast && taps > 1
        ? new Arrangement(
            List.of((long) spec.dst().c(), inputs, taps),
            List.of(inputs * taps, taps, 1L),
            List.of(inputs * taps, 1L, inputs),
            size)
        : Arrangement.asIs(size);
  }

  /** cuDNN's descriptors of this convolution. */
  private final class Call {
    final DnnDescriptors make;
    final cudnnTensorStruct src;
    final cudnnTensorStruct dst;
    final cudnnFilterStruct filter;
    final cudnnConvolutionStruct convolution;
    final long workspaceBytes;

    Call(DnnDescriptors make) {
      this.make = make;
      MapShape x = spec.src();
      MapShape y = spec.dst();
      int format = channelsLast ? cudnn.CUDNN_TENSOR_NHWC : cudnn.CUDNN_TENSOR_NCHW;
      this.src =
          channelsLast ? make.channelsLast(x) : make.channelsFirst(x.n(), x.c(), x.h(), x.w());
      this.dst =
          channelsLast ? make.channelsLast(y) : make.channelsFirst(y.n(), y.c(), y.h(), y.w());
      this.filter = make.filter(format, y.c(), x.c() / spec.groups(), spec.window());
      this.convolution = make.convolution(spec.window(), spec.groups());
      checkOffered();
      this.workspaceBytes = workspaceBytes();
    }

    /** cuDNN must offer the algorithm for these shapes, and add up in a fixed order. */
    private void checkOffered() {
      int wish = cudnn.CUDNN_CONVOLUTION_FWD_ALGO_COUNT;
      int[] count = new int[1];
      try (var offers = new cudnnConvolutionFwdAlgoPerf_t(wish)) {
        int status =
            cudnn.cudnnGetConvolutionForwardAlgorithm_v7(
                dnn.handle(), src, filter, convolution, dst, wish, count, offers);
        dnn.check("cudnnGetConvolutionForwardAlgorithm_v7", status, plan.problem());
        for (int i = 0; i < count[0]; i++) {
          cudnnConvolutionFwdAlgoPerf_t offer = offers.getPointer(i);
          if (offer.algo() == algorithm
              && offer.status() == cudnn.CUDNN_STATUS_SUCCESS
              && offer.determinism() == cudnn.CUDNN_DETERMINISTIC) {
            return;
          }
        }
      }
      throw new DeviceException(
          DeviceException.Kind.UNSUPPORTED,
          "cuDNN does not offer algorithm %d: %s".formatted(algorithm, plan.problem()));
    }

    private long workspaceBytes() {
      try (var bytes = new SizeTPointer(1)) {
        int status =
            cudnn.cudnnGetConvolutionForwardWorkspaceSize(
                dnn.handle(), src, filter, convolution, dst, algorithm, bytes);
        dnn.check("cudnnGetConvolutionForwardWorkspaceSize", status, plan.problem());
        return bytes.get();
      }
    }

    void plain(Place x, Place w, Place y, Place workspace) {
      plan.add(
          new NvidiaStage(
              "cudnnConvolutionForward " + algorithm,
              o -> {
                var px = new DevicePointer(x.in(o));
                var pw = new DevicePointer(w.in(o));
                var py = new DevicePointer(y.in(o));
                var ps = new DevicePointer(workspace.in(o));
                return () ->
                    dnn.check(
                        "cudnnConvolutionForward",
                        cudnn.cudnnConvolutionForward(
                            dnn.handle(),
                            dnn.one(),
                            src,
                            px,
                            filter,
                            pw,
                            convolution,
                            algorithm,
                            ps,
                            workspaceBytes,
                            dnn.zero(),
                            dst,
                            py),
                        plan.problem());
              }));
    }

    void fused(Place x, Place w, Place b, PostChain.Residual r, Place y, Place workspace) {
      cudnnActivationStruct activation = make.activation(r.relu());
      cudnnTensorStruct biases = make.channelsFirst(1, spec.dst().c(), 1, 1);
      Place z = r.other().orElse(y);
      var factor = r.other().isPresent() ? dnn.one() : dnn.zero();
      plan.add(
          new NvidiaStage(
              "cudnnConvolutionBiasActivationForward " + algorithm,
              o -> {
                var px = new DevicePointer(x.in(o));
                var pw = new DevicePointer(w.in(o));
                var pb = new DevicePointer(b.in(o));
                var pz = new DevicePointer(z.in(o));
                var py = new DevicePointer(y.in(o));
                var ps = new DevicePointer(workspace.in(o));
                return () ->
                    dnn.check(
                        "cudnnConvolutionBiasActivationForward",
                        cudnn.cudnnConvolutionBiasActivationForward(
                            dnn.handle(),
                            dnn.one(),
                            src,
                            px,
                            filter,
                            pw,
                            convolution,
                            algorithm,
                            ps,
                            workspaceBytes,
                            factor,
                            dst,
                            pz,
                            biases,
                            pb,
                            activation,
                            dst,
                            py),
                        plan.problem());
              }));
    }
  }
}
