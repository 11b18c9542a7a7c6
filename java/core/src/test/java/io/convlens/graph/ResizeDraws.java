package io.convlens.graph;

import static io.convlens.graph.RandomGraphs.kind;

import io.convlens.graph.GraphSketch.Val;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.graph.RandomGraphs.Kind;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Random resizes in the forms that ONNX Runtime has. */
final class ResizeDraws {
  /**
   * Exact in binary, so that which pixel is nearest is no matter of rounding, and ONNX Runtime's
   * output extents are the exact ones.
   */
  private static final float[] SCALES = {0.5f, 0.75f, 1, 1.25f, 1.5f, 2, 3};

  private ResizeDraws() {}

  static List<Kind> kinds() {
    return List.of(
        kind("Upsample", 4, 4, ResizeDraws::upsample).until(9),
        kind("Resize opset 10", 4, 4, ResizeDraws::resize10).from(10).until(10),
        kind("Resize nearest", 3, 5, ResizeDraws::nearest).from(11),
        kind("Resize linear", 4, 5, ResizeDraws::linear).from(11),
        kind("Resize cubic", 4, 4, ResizeDraws::cubic).from(11),
        kind("Resize antialias", 4, 4, ResizeDraws::antialias).from(18),
        kind("Resize crop", 4, 4, ResizeDraws::crop).from(11));
  }

  private static float scale(GraphSketch g, Val x) {
    return SCALES[g.between(0, g.large(x) ? 2 : SCALES.length - 1)];
  }

  private static float[] scales(GraphSketch g, Val x, boolean onlyUp) {
    float[] scales = new float[x.rank()];
    Arrays.fill(scales, 1);
    for (int i = 2; i < x.rank(); i++) {
      do {
        scales[i] = scale(g, x);
      } while ((onlyUp && scales[i] < 1) || (int) (x.dim(i) * scales[i]) < 1);
      // Where an extent stays, ONNX Runtime copies, whatever the scale.
      boolean stays = (int) (x.dim(i) * scales[i]) == x.dim(i);
      if (stays || (onlyUp && g.large(x))) {
        scales[i] = 1;
      }
    }
    return scales;
  }

  private static Shape scaled(Val x, float... scales) {
    Shape shape = x.shape();
    for (int i = 2; i < x.rank(); i++) {
      shape = shape.with(i, (long) Math.floor(x.dim(i) * (double) scales[i]));
    }
    return shape;
  }

  private static Val upsample(GraphSketch g, Val x) {
    float[] scales = scales(g, x, true);
    NodeBuilder node;
    if (g.opset() < 9) {
      double[] wide = new double[scales.length];
      Arrays.setAll(wide, i -> scales[i]);
      node = g.onnx().node("Upsample", x.name()).floats("scales", wide);
    } else {
      String s = g.onnx().floats(new long[] {scales.length}, scales);
      node = g.onnx().node("Upsample", x.name(), s);
    }
    return g.add(node.s("mode", g.pick("nearest", "linear")), scaled(x, scales), x.bound());
  }

  private static Val resize10(GraphSketch g, Val x) {
    float[] scales = scales(g, x, true);
    String s = g.onnx().floats(new long[] {scales.length}, scales);
    NodeBuilder node = g.onnx().node("Resize", x.name(), s).s("mode", g.pick("nearest", "linear"));
    return g.add(node, scaled(x, scales), x.bound());
  }

  private static Val nearest(GraphSketch g, Val x) {
    float[] scales = scales(g, x, false);
    boolean whole = true;
    for (int i = 2; i < x.rank(); i++) {
      whole &= x.dim(i) * scales[i] % 1 == 0;
    }
    NodeBuilder node =
        whole && canSayLengths(g) && g.chance(0.4)
            ? bySizes(g, x, scaled(x, scales))
            : byScales(g, x, scales);
    node.s("mode", "nearest");
    if (g.chance(0.8)) {
      node.s("coordinate_transformation_mode", transformation(g, true));
    }
    if (g.chance(0.7)) {
      node.s("nearest_mode", g.pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"));
    }
    return g.add(node, scaled(x, scales), x.bound());
  }

  private static String transformation(GraphSketch g, boolean nearest) {
    List<String> modes =
        new ArrayList<>(List.of("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"));
    if (nearest && g.opset() < 13) {
      modes.add("tf_half_pixel_for_nn");
    }
    if (g.opset() >= 19) {
      modes.add("half_pixel_symmetric");
    }
    return g.pick(modes);
  }

  private static Val linear(GraphSketch g, Val x) {
    return smooth(g, x, "linear", false);
  }

  private static Val cubic(GraphSketch g, Val x) {
    return smooth(g, x, "cubic", false);
  }

  private static Val antialias(GraphSketch g, Val x) {
    return smooth(g, x, g.pick("linear", "cubic"), true);
  }

  private static Val smooth(GraphSketch g, Val x, String mode, boolean antialias) {
    NodeBuilder node;
    Shape shape = x.shape();
    if (!canSayLengths(g) || g.chance(0.5)) {
      float[] scales = scales(g, x, false);
      shape = scaled(x, scales);
      node = byScales(g, x, scales);
    } else {
      for (int i = 2; i < x.rank(); i++) {
        shape = shape.with(i, g.between(1, g.large(x) ? x.dim(i) : 2 * x.dim(i)));
      }
      node = bySizes(g, x, shape);
    }
    node.s("mode", mode);
    if (g.chance(0.8)) {
      node.s("coordinate_transformation_mode", transformation(g, false));
    }
    if (antialias) {
      node.i("antialias", 1);
    }
    if (mode.equals("cubic") && g.chance(0.6)) {
      node.f("cubic_coeff_a", g.pick(-0.5, -0.75)).i("exclude_outside", g.between(0, 1));
    }
    return g.add(node, shape, 1.5 * x.bound());
  }

  /**
   * A part of the picture, enlarged; what lies outside is filled. With scales, ONNX Runtime does
   * not count the part in the output's extents as the standard does: only with sizes.
   */
  private static Val crop(GraphSketch g, Val x) {
    if (!canSayLengths(g)) {
      return linear(g, x);
    }
    float[] roi = {0, 0, 0.25f, 0, 1, 1, 1, g.pick(0.75f, 1.25f)};
    Shape shape = x.shape();
    for (int i = 2; i < 4; i++) {
      int extent = g.between(1, g.large(x) ? x.dim(i) : 2 * x.dim(i));
      // Where an extent stays, ONNX Runtime leaves the region out of account.
      shape = shape.with(i, extent == x.dim(i) ? Math.max(1, extent - 1) : extent);
    }
    String sizes = sizes(g, x, shape);
    String r = g.onnx().floats(new long[] {roi.length}, roi);
    NodeBuilder node = g.onnx().node("Resize", x.name(), r, noScales(g), sizes).s("mode", "linear");
    node.s("coordinate_transformation_mode", "tf_crop_and_resize").f("extrapolation_value", 0.5);
    return g.add(node, shape, x.bound() + 0.5);
  }

  /**
   * Whether an output's extents can be given: not where constants are inputs too, since ONNX's
   * shape inference then takes a computed shape for empty.
   */
  private static boolean canSayLengths(GraphSketch g) {
    return g.onnx().placement() != OnnxBuilder.Placement.INITIALIZER_AND_INPUT;
  }

  private static NodeBuilder byScales(GraphSketch g, Val x, float... scales) {
    String s = g.onnx().floats(new long[] {scales.length}, scales);
    return g.onnx().node("Resize", x.name(), roi(g), s);
  }

  /** Opset 11 demands a region of interest even where none is meant. */
  private static String roi(GraphSketch g) {
    return g.opset() < 13 ? g.onnx().floats(new long[] {0}) : "";
  }

  /** The batch stays what it is: computed from the shape, or left out where axes can be named. */
  private static NodeBuilder bySizes(GraphSketch g, Val x, Shape shape) {
    OnnxBuilder b = g.onnx();
    long[] space = Arrays.copyOfRange(shape.dims(), 2, shape.rank());
    if (g.opset() >= 18 && g.chance(0.5)) {
      long[] axes = new long[space.length];
      Arrays.setAll(axes, i -> i + 2);
      return b.node("Resize", x.name(), "", "", b.int64s(space)).ints("axes", axes);
    }
    String sizes = sizes(g, x, shape);
    return b.node("Resize", x.name(), roi(g), noScales(g), sizes);
  }

  private static String sizes(GraphSketch g, Val x, Shape shape) {
    OnnxBuilder b = g.onnx();
    long[] space = Arrays.copyOfRange(shape.dims(), 2, shape.rank());
    String front = ShapeDraws.front(g, b.node("Shape", x.name()).out(), 2);
    return b.node("Concat", front, b.int64s(space)).i("axis", 0).out();
  }

  /** Opset 11 has no way to leave scales out but an empty tensor. */
  private static String noScales(GraphSketch g) {
    return g.opset() < 13 ? g.onnx().floats(new long[] {0}) : "";
  }
}
