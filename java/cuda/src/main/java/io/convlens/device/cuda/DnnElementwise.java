package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.graph.Node;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnLRNStruct;
import org.bytedeco.cuda.cudnn.cudnnPoolingStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.cuda.global.cudnn;

/** Pooling, response normalisation and softmax by cuDNN, where it has them as ONNX has. */
@SuppressWarnings("deprecation") // cuDNN 9 prefers its graphs; this interface stays.
final class DnnElementwise {
  private static final String NAME = "cudnn";

  private DnnElementwise() {}

  static List<Candidate> candidates(Dnn dnn, Spec.Pool s) {
    var one = new Window3.Axes(1, 1, 1);
    Window3.Axes pad = s.window().padBegin();
    Window3.Axes end = s.filePadEnd();
    boolean applies =
        s.kind() != Node.PoolKind.LP
            && s.window().dilation().equals(one)
            && DnnConvolution.applies(s.src(), s.dst(), s.window())
            // What counts as padding is the same before and after.
            && (s.kind() != Node.PoolKind.AVERAGE_WITH_PADDING || pad.equals(end));
    return applies ? List.of(new Candidate(NAME, plan -> pool(dnn, plan, s))) : List.of();
  }

  private static void pool(Dnn dnn, KernelPlan plan, Spec.Pool s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    var make = new DnnDescriptors(dnn, plan);
    int mode =
        switch (s.kind()) {
          case MAX -> cudnn.CUDNN_POOLING_MAX_DETERMINISTIC;
          case AVERAGE -> cudnn.CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING;
          case AVERAGE_WITH_PADDING -> cudnn.CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING;
          case LP -> throw new IllegalArgumentException("cuDNN has no LP pooling");
        };
    cudnnPoolingStruct pooling = make.pooling(mode, s.window());
    cudnnTensorStruct x = make.channelsLast(s.src());
    cudnnTensorStruct y = make.channelsLast(s.dst());
    plan.add(
        new NvidiaStage(
            "cudnnPoolingForward",
            o -> {
              var from = new DevicePointer(src.in(o));
              var to = new DevicePointer(dst.in(o));
              return () ->
                  dnn.check(
                      "cudnnPoolingForward",
                      cudnn.cudnnPoolingForward(
                          dnn.handle(), pooling, dnn.one(), x, from, dnn.zero(), y, to),
                      plan.problem());
            }));
  }

  static List<Candidate> candidates(Dnn dnn, Spec.Lrn s) {
    boolean applies =
        fits(s.src())
            && fits(s.dst())
            && s.size() <= cudnn.CUDNN_LRN_MAX_N
            && s.bias() >= cudnn.CUDNN_LRN_MIN_K
            && s.beta() >= cudnn.CUDNN_LRN_MIN_BETA;
    return applies ? List.of(new Candidate(NAME, plan -> lrn(dnn, plan, s))) : List.of();
  }

  private static boolean fits(MapShape m) {
    return m.d() == 1 && m.isDense() && m.span() > 0 && m.span() < Integer.MAX_VALUE;
  }

  private static void lrn(Dnn dnn, KernelPlan plan, Spec.Lrn s) {
    Place src = plan.operand(s.src().span());
    Place dst = plan.operand(s.dst().span());
    var make = new DnnDescriptors(dnn, plan);
    cudnnLRNStruct lrn = make.lrn(s.size(), s.alpha(), s.beta(), s.bias());
    cudnnTensorStruct x = make.channelsLast(s.src());
    cudnnTensorStruct y = make.channelsLast(s.dst());
    plan.add(
        new NvidiaStage(
            "cudnnLRNCrossChannelForward",
            o -> {
              var from = new DevicePointer(src.in(o));
              var to = new DevicePointer(dst.in(o));
              return () ->
                  dnn.check(
                      "cudnnLRNCrossChannelForward",
                      cudnn.cudnnLRNCrossChannelForward(
                          dnn.handle(),
                          lrn,
                          cudnn.CUDNN_LRN_CROSS_CHANNEL_DIM1,
                          dnn.one(),
                          x,
                          from,
                          dnn.zero(),
                          y,
                          to),
                      plan.problem());
            }));
  }

  static List<Candidate> candidates(Dnn dnn, Spec.Softmax s) {
    long size = s.outer() * s.length() * s.inner();
    return size > 0 && size < Integer.MAX_VALUE
        ? List.of(new Candidate(NAME, plan -> softmax(dnn, plan, s)))
        : List.of();
  }

  private static void softmax(Dnn dnn, KernelPlan plan, Spec.Softmax s) {
    long size = s.outer() * s.length() * s.inner();
    Place src = plan.operand(size);
    Place dst = plan.operand(size);
    cudnnTensorStruct array =
        new DnnDescriptors(dnn, plan)
            .channelsFirst((int) s.outer(), s.length(), (int) s.inner(), 1);
    int algorithm = s.log() ? cudnn.CUDNN_SOFTMAX_LOG : cudnn.CUDNN_SOFTMAX_ACCURATE;
    plan.add(
        new NvidiaStage(
            "cudnnSoftmaxForward",
            o -> {
              var from = new DevicePointer(src.in(o));
              var to = new DevicePointer(dst.in(o));
              return () ->
                  dnn.check(
                      "cudnnSoftmaxForward",
                      cudnn.cudnnSoftmaxForward(
                          dnn.handle(),
                          algorithm,
                          cudnn.CUDNN_SOFTMAX_MODE_CHANNEL,
                          dnn.one(),
                          array,
                          from,
                          dnn.zero(),
                          array,
                          to),
                      plan.problem());
            }));
  }
}
