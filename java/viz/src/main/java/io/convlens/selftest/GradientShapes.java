package io.convlens.selftest;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What backward passes are made of, at odd sizes. */
final class GradientShapes {
  private static final String SOURCE = "gradient";
  private static final int PICTURES = 2;
  private static final int ROWS = 13;
  private static final int COLUMNS = 11;
  private static final int CHANNELS = 36;

  /** Of what came after a wider layer. */
  private static final int PITCH = 41;

  private static final MapShape MAP = MapShape.dense(PICTURES, 1, ROWS, COLUMNS, CHANNELS);

  private GradientShapes() {}

  static List<Supplier<Trial>> all() {
    List<Supplier<Trial>> all = new ArrayList<>();
    for (GradientRule rule : GradientRule.values()) {
      all.add(() -> activation(new Activation.Relu(), rule));
      all.add(() -> activation(new Activation.Clip(0, 0.5f), rule));
    }
    Stream.concat(
            GeneralShapes.ACTIVATIONS.stream(),
            Arrays.stream(Activation.Function.values()).map(Activation.Elementary::new))
        .forEach(f -> all.add(() -> activation(f, GradientRule.GRADIENT)));
    for (Node.PoolKind kind : Node.PoolKind.values()) {
      all.add(() -> pool(kind, 3, 2, 1));
      all.add(() -> pool(kind, 2, 2, 0));
    }
    all.add(() -> convolution(1, 1, 1, 0));
    all.add(() -> convolution(1, 3, 1, 1));
    all.add(() -> convolution(1, 3, 2, 1));
    all.add(() -> convolution(4, 5, 2, 2));
    all.add(() -> convolution(CHANNELS, 3, 1, 1));
    all.add(() -> convolution(CHANNELS, 3, 2, 1));
    return all;
  }

  private static Trial activation(Activation function, GradientRule rule) {
    List<Long> dims = List.of((long) PICTURES * ROWS * COLUMNS, (long) CHANNELS);
    List<Long> dense = List.of((long) CHANNELS, 1L);
    List<Long> wide = List.of((long) PITCH, 1L);
    var spec = new Spec.ActivationGradient(function, rule, dims, wide, dense, dense);
    long span = (MAP.places() - 1) * PITCH + CHANNELS;
    // Gradients of one sign would hide what guided backpropagation drops.
    boolean positive = !function.isReluLike();
    return trial(
        "activation gradient", spec, List.of(span, MAP.span(), MAP.span()), positive, List.of());
  }

  private static Trial pool(Node.PoolKind kind, int kernel, int stride, int pad) {
    Window3 w = window(kernel, stride, pad);
    MapShape from = outputs(w, CHANNELS);
    var dst = new MapShape(PICTURES, 1, ROWS, COLUMNS, CHANNELS, PITCH);
    var spec = new Spec.PoolGradient(from, MAP, dst, kind, w, w.padEnd(), 2);
    return trial(
        "pool gradient", spec, List.of(from.span(), MAP.span(), dst.span()), false, List.of());
  }

  /** The gradient of a convolution: the transposed one with the same weights. */
  private static Trial convolution(int groups, int kernel, int stride, int pad) {
    Window3 w = window(kernel, stride, pad);
    MapShape from = outputs(w, CHANNELS);
    double scale = Math.sqrt(3.0 * groups / ((double) CHANNELS * kernel * kernel));
    Tensor weights = Numbers.tensor(1, scale, CHANNELS, CHANNELS / groups, kernel, kernel);
    var spec = new Spec.ConvTranspose(from, MAP, w, groups, weights, null, List.of());
    return trial("conv gradient", spec, List.of(from.span(), MAP.span()), false, List.of(weights));
  }

  private static MapShape outputs(Window3 w, int channels) {
    int[] extents = new int[3];
    int[] inputs = {1, ROWS, COLUMNS};
    for (int axis = 0; axis < 3; axis++) {
      int padded = inputs[axis] + w.padBegin().get(axis) + w.padEnd().get(axis);
      extents[axis] = (padded - w.kernel().get(axis)) / w.stride().get(axis) + 1;
    }
    return MapShape.dense(PICTURES, extents[0], extents[1], extents[2], channels);
  }

  private static Window3 window(int kernel, int stride, int pad) {
    var pads = new Axes(0, pad, pad);
    return new Window3(
        new Axes(1, kernel, kernel), new Axes(1, stride, stride), new Axes(1, 1, 1), pads, pads);
  }

  private static Trial trial(
      String operation, Spec spec, List<Long> sizes, boolean positive, List<Tensor> constants) {
    return new Trial(operation, SOURCE, spec, sizes, positive, constants);
  }
}
