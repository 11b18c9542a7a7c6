package io.convlens.selftest;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Every operation that networks are made of, in all its kinds, at odd sizes. */
final class GeneralShapes {
  private static final String SOURCE = "general";
  private static final int PICTURES = 2;
  private static final int ROWS = 13;
  private static final int COLUMNS = 11;
  private static final int CHANNELS = 37;
  private static final int PITCH = 40;
  private static final int CLASSES = 1000;

  /** A run of channels of a wider map. */
  private static final MapShape WIDE = new MapShape(PICTURES, 1, ROWS, COLUMNS, CHANNELS, PITCH);

  private static final MapShape MAP = MapShape.dense(PICTURES, 1, ROWS, COLUMNS, CHANNELS);

  static final List<Activation> ACTIVATIONS =
      List.of(
          new Activation.Relu(),
          new Activation.LeakyRelu(0.1f),
          new Activation.Elu(0.9f),
          new Activation.Selu(1.67f, 1.05f),
          new Activation.Celu(1.1f),
          new Activation.ThresholdedRelu(0.3f),
          new Activation.Clip(-0.4f, 0.6f),
          new Activation.Sigmoid(),
          new Activation.HardSigmoid(0.2f, 0.5f),
          new Activation.HardSwish(),
          new Activation.Swish(1),
          new Activation.Mish(),
          new Activation.Gelu(false),
          new Activation.Gelu(true),
          new Activation.Softplus(),
          new Activation.Softsign(),
          new Activation.Affine(2, -0.5f),
          new Activation.Power(1.5f));

  private GeneralShapes() {}

  static List<Supplier<Trial>> all() {
    List<Supplier<Trial>> all = new ArrayList<>();
    ACTIVATIONS.forEach(a -> all.add(() -> pointwise(a)));
    Arrays.stream(Activation.Function.values())
        .forEach(f -> all.add(() -> pointwise(new Activation.Elementary(f))));
    Arrays.stream(Spec.Function.values()).forEach(f -> all.add(() -> broadcast(f)));
    Arrays.stream(Node.ReduceKind.values()).forEach(k -> all.add(() -> reduce(k)));
    Arrays.stream(Node.PoolKind.values()).forEach(k -> all.add(() -> pool(k)));
    all.addAll(
        List.of(
            GeneralShapes::affine,
            GeneralShapes::groupNorm,
            GeneralShapes::layerNorm,
            GeneralShapes::deconv,
            GeneralShapes::products,
            GeneralShapes::turned,
            GeneralShapes::padded,
            GeneralShapes::interpolate,
            () -> softmax(1, false),
            () -> softmax(1, true),
            () -> softmax(COLUMNS, false)));
    return all;
  }

  private static Trial trial(
      String operation, Spec spec, List<Long> sizes, boolean positive, Tensor... constants) {
    return new Trial(operation, SOURCE, spec, sizes, positive, List.of(constants));
  }

  private static Trial pointwise(Activation function) {
    var spec = new Spec.Pointwise(WIDE, MAP, List.of(function));
    return trial("pointwise", spec, List.of(WIDE.span(), MAP.span()), true);
  }

  private static Trial broadcast(Spec.Function function) {
    List<Long> dims = List.of((long) PICTURES, (long) ROWS * COLUMNS, (long) CHANNELS);
    long picture = (long) ROWS * COLUMNS * CHANNELS;
    List<Long> whole = List.of(picture, (long) CHANNELS, 1L);
    var spec = new Spec.Broadcast(function, dims, whole, List.of(0L, 0L, 1L), whole, List.of());
    return trial(
        "broadcast", spec, List.of(PICTURES * picture, (long) CHANNELS, PICTURES * picture), true);
  }

  private static Trial reduce(Node.ReduceKind kind) {
    long picture = (long) ROWS * COLUMNS * CHANNELS;
    var spec =
        new Spec.Reduce(
            kind,
            List.of((long) PICTURES, (long) ROWS * COLUMNS, (long) CHANNELS),
            List.of(false, true, false),
            List.of(picture, (long) CHANNELS, 1L),
            List.of((long) CHANNELS, 0L, 1L));
    return trial("reduce", spec, List.of(PICTURES * picture, (long) PICTURES * CHANNELS), true);
  }

  private static Window3 window(int kernel, int stride, int pad) {
    var one = new Axes(1, 1, 1);
    var pads = new Axes(0, pad, pad);
    return new Window3(new Axes(1, kernel, kernel), new Axes(1, stride, stride), one, pads, pads);
  }

  private static Trial pool(Node.PoolKind kind) {
    MapShape dst = MapShape.dense(PICTURES, 1, ROWS, COLUMNS, CHANNELS);
    Window3 w = window(3, 1, 1);
    var spec = new Spec.Pool(MAP, dst, kind, w, w.padEnd(), 2);
    return trial("pool", spec, List.of(MAP.span(), dst.span()), false);
  }

  private static Trial affine() {
    Tensor scale = Numbers.tensor(1, 1, CHANNELS);
    Tensor shift = Numbers.tensor(2, 1, CHANNELS);
    var posts = List.<Post>of(new Post.Add(PITCH), new Post.Act(new Activation.Relu()));
    var spec = new Spec.ChannelAffine(WIDE, MAP, scale, shift, posts);
    return trial(
        "affine", spec, List.of(WIDE.span(), WIDE.span(), MAP.span()), false, scale, shift);
  }

  private static Trial groupNorm() {
    Tensor scale = Numbers.tensor(1, 1, CHANNELS);
    Tensor shift = Numbers.tensor(2, 1, CHANNELS);
    var spec = new Spec.GroupNorm(MAP, MAP, 1, 1e-5f, scale, shift);
    return trial("groupnorm", spec, List.of(MAP.span(), MAP.span()), false, scale, shift);
  }

  private static Trial layerNorm() {
    Tensor scale = Numbers.tensor(1, 1, CLASSES);
    var spec = new Spec.LayerNorm(ROWS, CLASSES, 1e-5f, scale, null);
    long size = (long) ROWS * CLASSES;
    return trial("layernorm", spec, List.of(size, size), false, scale);
  }

  private static Trial deconv() {
    MapShape dst = MapShape.dense(PICTURES, 1, 2 * ROWS, 2 * COLUMNS, CHANNELS);
    Tensor weights = Numbers.tensor(1, 0.1, CHANNELS, CHANNELS, 2, 2);
    Tensor bias = Numbers.tensor(2, 1, CHANNELS);
    var spec = new Spec.ConvTranspose(MAP, dst, window(2, 2, 0), 1, weights, bias, List.of());
    return trial("deconv", spec, List.of(MAP.span(), dst.span()), false, weights, bias);
  }

  private static Trial products() {
    int batch = 3;
    var spec =
        new Spec.MatMul(
            batch, batch, 1, ROWS, CHANNELS, COLUMNS, 0.5f, null, false, null, List.of());
    return trial(
        "matmul",
        spec,
        List.of(
            (long) batch * ROWS * CHANNELS,
            (long) CHANNELS * COLUMNS,
            (long) batch * ROWS * COLUMNS),
        false);
  }

  /** Channels last to channels first. */
  private static Trial turned() {
    long places = (long) ROWS * COLUMNS;
    var spec =
        new Spec.Copy(
            List.of((long) PICTURES, (long) CHANNELS, places),
            Collections.nCopies(3, null),
            List.of(places * CHANNELS, 1L, (long) CHANNELS),
            List.of(places * CHANNELS, places, 1L),
            0);
    return trial("copy", spec, List.of(MAP.span(), MAP.span()), false);
  }

  private static Trial padded() {
    int[] rows = IntStream.range(-1, ROWS + 1).map(i -> i < ROWS ? i : -1).toArray();
    var maps = new ArrayList<int[]>(Collections.nCopies(2, null));
    maps.set(0, rows);
    var spec =
        new Spec.Copy(
            List.of((long) rows.length, (long) COLUMNS),
            maps,
            List.of((long) COLUMNS, 1L),
            List.of((long) COLUMNS, 1L),
            0.5f);
    return trial("copy", spec, List.of((long) ROWS * COLUMNS, (long) rows.length * COLUMNS), false);
  }

  private static Trial interpolate() {
    List<int[]> indices = new ArrayList<>();
    List<float[]> weights = new ArrayList<>();
    for (int i = 0; i < 2 * ROWS; i++) {
      indices.add(new int[] {i / 2, Math.min(ROWS - 1, i / 2 + 1)});
      weights.add(new float[] {0.75f, 0.25f});
    }
    long inner = (long) COLUMNS * CHANNELS;
    var spec = new Spec.Interpolate(PICTURES, ROWS, inner, indices, weights);
    return trial(
        "interpolate", spec, List.of(PICTURES * ROWS * inner, 2L * PICTURES * ROWS * inner), false);
  }

  private static Trial softmax(int inner, boolean log) {
    var spec = new Spec.Softmax(PICTURES, CLASSES, inner, log);
    long size = (long) PICTURES * CLASSES * inner;
    return trial("softmax", spec, List.of(size, size), false);
  }
}
