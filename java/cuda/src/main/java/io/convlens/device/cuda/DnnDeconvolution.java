package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Transposed convolutions of pictures: cuDNN's gradient of a convolution with respect to its data,
 * channels first, then bias and what follows by our kernel.
 */
@SuppressWarnings("deprecation") // cuDNN 9 prefers its graphs; this interface stays.
final class DnnDeconvolution {
  /** Adds up in a fixed order; algorithm 0 does not. */
  private static final int ALGORITHM = cudnn.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;

  private final Dnn dnn;
  private final KernelPlan plan;
  private final Spec.ConvTranspose spec;

  private DnnDeconvolution(Dnn dnn, KernelPlan plan, Spec.ConvTranspose spec) {
    this.dnn = dnn;
    this.plan = plan;
    this.spec = spec;
  }

  static List<Candidate> candidates(Dnn dnn, Spec.ConvTranspose s) {
    return DnnConvolution.applies(/* src= */ s.dst(), /* dst= */ s.src(), s.window())
        ? List.of(
            new Candidate(
                "cudnn nchw " + ALGORITHM, plan -> new DnnDeconvolution(dnn, plan, s).plan()))
        : List.of();
  }

  private void plan() {
    MapShape x = spec.src();
    MapShape y = spec.dst();
    Place src = plan.operand(x.span());
    PostChain posts = PostChain.of(plan, spec.posts(), y.places(), y.c());
    Place dst = plan.operand(y.span());
    var make = new DnnDescriptors(dnn, plan);
    cudnnTensorStruct small = make.channelsFirst(x.n(), x.c(), x.h(), x.w());
    cudnnTensorStruct large = make.channelsFirst(y.n(), y.c(), y.h(), y.w());
    cudnnFilterStruct filter =
        make.filter(cudnn.CUDNN_TENSOR_NCHW, x.c(), y.c() / spec.groups(), spec.window());
    cudnnConvolutionStruct convolution = make.convolution(spec.window(), spec.groups());
    long workspaceBytes = workspaceBytes(filter, small, convolution, large);
    long in = Turn.bytes(x);
    long out = Turn.bytes(y);
    Place turnedSrc = plan.scratch(in + out + workspaceBytes);
    Place turnedDst = turnedSrc.plus(in);
    Place workspace = turnedDst.plus(out);
    Place weights = plan.constant(spec.weights());
    Turn.channelsFirst(plan, x, src, turnedSrc);
    plan.add(
        new NvidiaStage(
            "cudnnConvolutionBackwardData " + ALGORITHM,
            o -> {
              var pw = new DevicePointer(weights.in(o));
              var px = new DevicePointer(turnedSrc.in(o));
              var py = new DevicePointer(turnedDst.in(o));
              var ps = new DevicePointer(workspace.in(o));
              return () ->
                  dnn.check(
                      "cudnnConvolutionBackwardData",
                      cudnn.cudnnConvolutionBackwardData(
                          dnn.handle(),
                          dnn.one(),
                          filter,
                          pw,
                          small,
                          px,
                          convolution,
                          ALGORITHM,
                          ps,
                          workspaceBytes,
                          dnn.zero(),
                          large,
                          py),
                      plan.problem());
            }));
    Turn.channelsLast(plan, y, turnedDst, dst);
    if (spec.bias() != null || !posts.isEmpty()) {
      MapKernels.affine(plan, y, dst, Place.NONE, plan.constant(spec.bias()), y, dst, posts);
    }
  }

  private long workspaceBytes(
      cudnnFilterStruct filter,
      cudnnTensorStruct small,
      cudnnConvolutionStruct convolution,
      cudnnTensorStruct large) {
    try (var bytes = new SizeTPointer(1)) {
      int status =
          cudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
              dnn.handle(), filter, small, convolution, large, ALGORITHM, bytes);
      dnn.check("cudnnGetConvolutionBackwardDataWorkspaceSize", status, plan.problem());
      return bytes.get();
    }
  }
}
