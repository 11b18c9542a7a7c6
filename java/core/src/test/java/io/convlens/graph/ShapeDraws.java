package io.convlens.graph;

import static io.convlens.graph.RandomGraphs.kind;

import io.convlens.graph.GraphSketch.Val;
import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.Encoding;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.graph.RandomGraphs.Kind;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Random operators that move elements: cutting, joining, padding, other shapes, other orders. */
final class ShapeDraws {
  private ShapeDraws() {}

  static List<Kind> kinds() {
    return List.of(
        kind("Concat", 2, 6, ShapeDraws::concat),
        kind("Split", 2, 6, ShapeDraws::split),
        kind("Slice", 2, 6, ShapeDraws::slice),
        kind("Pad", 2, 5, ShapeDraws::pad),
        kind("Gather", 2, 6, ShapeDraws::gather),
        kind("Tile", 2, 5, ShapeDraws::tile),
        kind("Expand", 2, 5, ShapeDraws::expand).from(8),
        kind("DepthToSpace", 4, 4, ShapeDraws::depthToSpace),
        kind("SpaceToDepth", 4, 4, ShapeDraws::spaceToDepth),
        kind("Transpose", 3, 6, ShapeDraws::transpose),
        kind("channels last and back", 4, 4, ShapeDraws::channelsLast),
        kind("channel shuffle", 3, 5, ShapeDraws::channelShuffle),
        kind("Reshape", 2, 6, ShapeDraws::reshape),
        kind("Flatten", 2, 6, ShapeDraws::flatten),
        kind("Squeeze", 2, 5, ShapeDraws::unsqueezeSqueeze),
        kind("Unsqueeze", 2, 4, ShapeDraws::unsqueeze),
        kind("shape arithmetic", 3, 6, ShapeDraws::shapeArithmetic),
        kind("Dropout", 2, 6, ShapeDraws::dropout),
        kind("Identity", 2, 6, (g, x) -> g.unary("Identity", x, x.bound())),
        kind("Cast", 2, 6, MathDraws::cast));
  }

  private static Val concat(GraphSketch g, Val x) {
    int axis = g.axis(x);
    List<Val> parts = new ArrayList<>(List.of(x));
    for (Val v : g.values()) {
      if (parts.size() < 4 && joins(x, v, axis) && g.chance(0.5)) {
        parts.add(v);
      }
    }
    if (parts.size() == 1) {
      parts.add(g.unary("Relu", x, x.bound()));
    }
    long extent = parts.stream().mapToLong(v -> v.dim(axis)).sum();
    double bound = parts.stream().mapToDouble(Val::bound).max().orElseThrow();
    NodeBuilder node = g.onnx().node("Concat", parts.stream().map(Val::name).toList());
    return g.add(node.i("axis", g.spelled(axis, x)), x.shape().with(axis, extent), bound);
  }

  private static boolean joins(Val x, Val v, int axis) {
    return v.rank() == x.rank() && v.shape().with(axis, 1).equals(x.shape().with(axis, 1));
  }

  private static Val split(GraphSketch g, Val x) {
    int axis = g.axis(x);
    long extent = x.dim(axis);
    if (extent < 2) {
      return concat(g, x);
    }
    int parts = g.between(2, Math.min(3, extent));
    long[] sizes = new long[parts];
    boolean equal = extent % parts == 0 && g.chance(0.5);
    for (int i = 0; i < parts; i++) {
      sizes[i] = equal || i < parts - 1 ? extent / parts : extent - extent / parts * (parts - 1);
    }
    List<Val> outs = split(g, x, axis, equal, sizes);
    g.values().addAll(outs.subList(1, parts));
    return outs.getFirst();
  }

  private static List<Val> split(GraphSketch g, Val x, int axis, boolean equal, long[] sizes) {
    boolean implied = equal && g.chance(0.6);
    NodeBuilder node =
        g.opset() >= 13 && !implied
            ? g.onnx().node("Split", x.name(), g.int64s(sizes))
            : g.onnx().node("Split", x.name());
    if (g.opset() < 13 && !implied) {
      node.ints("split", sizes);
    }
    if (g.opset() >= 18 && implied) {
      node.i("num_outputs", sizes.length);
    }
    List<String> names = node.i("axis", g.spelled(axis, x)).outs(sizes.length);
    List<Val> outs = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      outs.add(new Val(names.get(i), x.shape().with(axis, sizes[i]), x.bound()));
    }
    return outs;
  }

  private static Val slice(GraphSketch g, Val x) {
    int axis = g.axis(x);
    long length = x.dim(axis);
    long from = g.between(0, length - 1);
    long to = g.between(from + 1, length);
    if (g.opset() < 10) {
      long end = to == length && g.chance(0.5) ? Long.MAX_VALUE : to;
      long start = g.chance(0.3) ? from - length : from;
      NodeBuilder node = g.onnx().node("Slice", x.name()).ints("starts", start).ints("ends", end);
      return g.add(node.ints("axes", axis), x.shape().with(axis, to - from), x.bound());
    }
    long step = g.pick(1, 1, 2, -1, -2);
    long count = Math.ceilDiv(to - from, Math.abs(step));
    // Backwards from to − 1 down to from: "before the first" is only spelled by a large negative.
    long start = step > 0 ? from : to - 1;
    long end = step > 0 ? to : from == 0 ? Long.MIN_VALUE + 1 : from - 1;
    List<String> inputs =
        List.of(x.name(), index(g, start), index(g, end), index(g, g.spelled(axis, x)));
    List<String> all = new ArrayList<>(inputs);
    if (step != 1 || g.chance(0.5)) {
      all.add(index(g, step));
    }
    return g.add(g.onnx().node("Slice", all), x.shape().with(axis, count), x.bound());
  }

  private static String index(GraphSketch g, long value) {
    return g.int64s(value);
  }

  private static Val pad(GraphSketch g, Val x) {
    int rank = x.rank();
    String mode = g.pick("constant", "constant", "reflect", "edge");
    if (g.opset() >= 19 && g.chance(0.2)) {
      mode = "wrap";
    }
    long[] pads = new long[2 * rank];
    Shape shape = x.shape();
    for (int axis = g.large(x) ? rank - 1 : 1; axis < rank; axis++) {
      if (g.chance(0.6)) {
        pads[axis] = padding(g, x.dim(axis), mode);
        pads[axis + rank] = padding(g, x.dim(axis), mode);
        long extent = x.dim(axis) + pads[axis] + pads[axis + rank];
        if (extent < 1) {
          pads[axis] = 0;
          pads[axis + rank] = 0;
        }
        shape = shape.with(axis, x.dim(axis) + pads[axis] + pads[axis + rank]);
      }
    }
    return g.add(padNode(g, x, mode, pads), shape, x.bound() + 1);
  }

  private static long padding(GraphSketch g, long extent, String mode) {
    return switch (mode) {
      case "constant" -> g.chance(0.15) ? -1 : g.between(0, 3);
      case "reflect" -> g.between(0, Math.min(3, extent - 1));
      default -> g.between(0, Math.min(3, extent));
    };
  }

  private static NodeBuilder padNode(GraphSketch g, Val x, String mode, long... pads) {
    float fill = g.pick(0f, 0.5f, -1f);
    if (g.opset() < 11) {
      NodeBuilder node = g.onnx().node("Pad", x.name()).ints("pads", pads).s("mode", mode);
      return mode.equals("constant") ? node.f("value", fill) : node;
    }
    List<String> inputs = new ArrayList<>(List.of(x.name()));
    boolean someAxes = g.opset() >= 18 && g.chance(0.5);
    inputs.add(g.int64s(someAxes ? withoutBatch(pads) : pads));
    boolean filled = mode.equals("constant") && g.chance(0.6);
    if (filled || someAxes) {
      inputs.add(filled ? g.onnx().scalar(fill) : "");
    }
    if (someAxes) {
      long[] axes = new long[x.rank() - 1];
      Arrays.setAll(axes, i -> i + 1);
      inputs.add(g.int64s(axes));
    }
    return g.onnx().node("Pad", inputs).s("mode", mode);
  }

  private static long[] withoutBatch(long... pads) {
    int rank = pads.length / 2;
    long[] some = new long[pads.length - 2];
    System.arraycopy(pads, 1, some, 0, rank - 1);
    System.arraycopy(pads, rank + 1, some, rank - 1, rank - 1);
    return some;
  }

  private static Val gather(GraphSketch g, Val x) {
    int axis = g.axis(x);
    long extent = x.dim(axis);
    boolean one = x.rank() > 2 && g.chance(0.3);
    double[] indices = new double[one ? 1 : g.between(1, Math.min(6, extent + 1))];
    Arrays.setAll(indices, i -> g.between(g.opset() >= 11 ? -extent : 0, extent - 1));
    long[] dims = one ? new long[0] : new long[] {indices.length};
    var type = g.pick(ElementType.INT64, ElementType.INT32);
    String at = g.onnx().constant(OnnxBuilder.tensor(type, Encoding.RAW, dims, indices));
    NodeBuilder node = g.onnx().node("Gather", x.name(), at).i("axis", g.spelled(axis, x));
    Shape shape = one ? without(x.shape(), axis) : x.shape().with(axis, indices.length);
    return g.add(node, shape, x.bound());
  }

  private static Shape without(Shape shape, int axis) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < shape.rank(); i++) {
      if (i != axis) {
        dims.add(shape.dim(i));
      }
    }
    return Shape.of(dims);
  }

  private static Val tile(GraphSketch g, Val x) {
    long[] repeats = new long[x.rank()];
    Arrays.fill(repeats, 1);
    int axis = g.axis(x);
    repeats[axis] = g.large(x) ? 1 : g.between(1, 3);
    NodeBuilder node = g.onnx().node("Tile", x.name(), g.int64s(repeats));
    return g.add(node, x.shape().with(axis, x.dim(axis) * repeats[axis]), x.bound());
  }

  /** A mean along an axis spread out again, to a constant shape or to that of a value. */
  private static Val expand(GraphSketch g, Val x) {
    int axis = g.axis(x);
    String mean = g.withAxes("ReduceMean", x, 18, axis).out();
    String shape;
    if (g.chance(0.5)) {
      shape = g.onnx().node("Shape", x.name()).out();
    } else {
      long[] dims = x.shape().dims();
      dims[0] = 1;
      shape = g.int64s(dims);
    }
    return g.add(g.onnx().node("Expand", mean, shape), x.shape(), x.bound());
  }

  private static Val depthToSpace(GraphSketch g, Val x) {
    int block = g.pick(2, 2, 3);
    long c = g.between(1, 3);
    Val wide = g.channels(x, c * block * block);
    NodeBuilder node = g.onnx().node("DepthToSpace", wide.name()).i("blocksize", block);
    if (g.opset() >= 11 && g.chance(0.7)) {
      node.s("mode", g.pick("DCR", "CRD"));
    }
    Shape shape = Shape.of(x.dim(0), c, x.dim(2) * block, x.dim(3) * block);
    return g.add(node, shape, wide.bound());
  }

  private static Val spaceToDepth(GraphSketch g, Val x) {
    long h = x.dim(2);
    long w = x.dim(3);
    int block = h % 3 == 0 && w % 3 == 0 ? 3 : h % 2 == 0 && w % 2 == 0 ? 2 : 1;
    Val even = x;
    if (block == 1) {
      block = 2;
      NodeBuilder pad = padNode(g, x, "edge", 0, 0, 0, 0, 0, 0, h % 2, w % 2);
      even = g.add(pad, x.shape().with(2, h + h % 2).with(3, w + w % 2), x.bound());
    }
    NodeBuilder node = g.onnx().node("SpaceToDepth", even.name()).i("blocksize", block);
    long c = x.dim(1) * block * block;
    Shape shape = Shape.of(x.dim(0), c, even.dim(2) / block, even.dim(3) / block);
    return g.add(node, shape, x.bound());
  }

  private static Val transpose(GraphSketch g, Val x) {
    List<Integer> rest = new ArrayList<>();
    for (int i = 1; i < x.rank(); i++) {
      rest.add(g.between(0, rest.size()), i);
    }
    long[] order = new long[x.rank()];
    for (int i = 1; i < x.rank(); i++) {
      order[i] = rest.get(i - 1);
    }
    return transposed(g, x, order);
  }

  private static Val transposed(GraphSketch g, Val x, long... order) {
    int[] axes = Arrays.stream(order).mapToInt(a -> (int) a).toArray();
    NodeBuilder node = g.onnx().node("Transpose", x.name()).ints("perm", order);
    return g.add(node, x.shape().permute(axes), x.bound());
  }

  /** As Keras and ConvNeXt have it. */
  private static Val channelsLast(GraphSketch g, Val x) {
    Val y = transposed(g, x, 0, 2, 3, 1);
    long out = g.between(1, 8);
    String w = g.weights(GraphSketch.spread(x.dim(1)), x.dim(1), out);
    y = g.add(g.onnx().node("MatMul", y.name(), w), y.shape().with(3, out), 1.7 * x.bound());
    y = g.like(y, g.onnx().node("Add", y.name(), g.weights(0.5, out)), y.bound() + 0.5);
    return transposed(g, g.unary("Relu", y, y.bound()), 0, 3, 1, 2);
  }

  /** ShuffleNet's: two groups of channels interleaved. */
  private static Val channelShuffle(GraphSketch g, Val x) {
    long groups = x.dim(1) % 2 == 0 ? 2 : x.dim(1);
    long places = x.shape().product(2, x.rank());
    NodeBuilder apart =
        g.onnx().node("Reshape", x.name(), g.int64s(0, groups, x.dim(1) / groups, places));
    Shape shape = Shape.of(x.dim(0), groups, x.dim(1) / groups, places);
    Val mixed = transposed(g, g.add(apart, shape, x.bound()), 0, 2, 1, 3);
    long[] back = x.shape().dims();
    back[0] = -1;
    return g.like(x, g.onnx().node("Reshape", mixed.name(), g.int64s(back)), x.bound());
  }

  private static Val reshape(GraphSketch g, Val x) {
    List<Long> dims = new ArrayList<>();
    long rest = x.shape().product(1, x.rank());
    while (dims.size() < 4 && rest > 1) {
      long f = smallFactor(g, rest);
      dims.add(f);
      rest /= f;
    }
    if (rest > 1 || dims.isEmpty()) {
      dims.add(rest);
    }
    Shape shape = Shape.of(x.dim(0));
    long[] spelled = new long[dims.size() + 1];
    long[] out = new long[dims.size() + 1];
    out[0] = shape.dim(0);
    for (int i = 0; i < dims.size(); i++) {
      out[i + 1] = dims.get(i);
      spelled[i + 1] = dims.get(i);
    }
    if (g.chance(0.5)) {
      spelled[0] = -1;
    } else if (g.chance(0.5)) {
      spelled[g.between(1, dims.size())] = -1;
    }
    return g.add(g.onnx().node("Reshape", x.name(), g.int64s(spelled)), Shape.of(out), x.bound());
  }

  private static long smallFactor(GraphSketch g, long n) {
    long least = g.between(2, 7);
    for (long f = least; f <= n; f++) {
      if (n % f == 0) {
        return f;
      }
    }
    return n;
  }

  private static Val flatten(GraphSketch g, Val x) {
    Shape shape = Shape.of(x.dim(0), x.shape().product(1, x.rank()));
    NodeBuilder node = g.onnx().node("Flatten", x.name());
    return g.add(g.chance(0.5) ? node.i("axis", 1) : node, shape, x.bound());
  }

  private static Val unsqueeze(GraphSketch g, Val x) {
    int axis = g.between(1, x.rank());
    NodeBuilder node = g.withAxes("Unsqueeze", x, 13, axis);
    List<Long> dims = new ArrayList<>();
    Arrays.stream(x.shape().dims()).forEach(dims::add);
    dims.add(axis, 1L);
    return g.add(node, Shape.of(dims), x.bound());
  }

  private static Val unsqueezeSqueeze(GraphSketch g, Val x) {
    int axis = g.axis(x);
    if (x.rank() == 2) {
      Val y = unsqueeze(g, x);
      int one = y.dim(1) == 1 ? 1 : 2;
      return g.add(g.withAxes("Squeeze", y, 13, one), x.shape(), x.bound());
    }
    NodeBuilder mean = g.withAxes("ReduceMean", x, 18, axis).i("keepdims", 1);
    Val y = g.add(mean, x.shape().with(axis, 1), x.bound());
    NodeBuilder node = g.withAxes("Squeeze", y, 13, g.spelled(axis, x));
    return g.add(node, without(x.shape(), axis), x.bound());
  }

  /** Reshapes to what is computed from the shape: the ways exporters write {@code x.view(…)}. */
  private static Val shapeArithmetic(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    String shape = b.node("Shape", x.name()).out();
    long rest = x.shape().product(1, x.rank());
    return switch (g.between(0, 3)) {
      case 0 -> {
        String n = b.node("Gather", shape, b.int64(0)).i("axis", 0).out();
        String target = concat1(b, oneElement(g, n), b.int64s(-1));
        yield g.add(b.node("Reshape", x.name(), target), Shape.of(x.dim(0), rest), x.bound());
      }
      case 1 -> {
        String front = front(g, shape, 2);
        String target = concat1(b, front, b.int64s(-1));
        Shape out = Shape.of(x.dim(0), x.dim(1), rest / x.dim(1));
        yield g.add(b.node("Reshape", x.name(), target), out, x.bound());
      }
      case 2 -> {
        // tf2onnx goes through int32.
        String narrow = b.node("Cast", shape).i("to", ElementType.INT32.code()).out();
        String wide = b.node("Cast", narrow).i("to", ElementType.INT64.code()).out();
        String target = concat1(b, front(g, wide, 1), b.int64s(1, rest));
        yield g.add(b.node("Reshape", x.name(), target), Shape.of(x.dim(0), 1, rest), x.bound());
      }
      default -> {
        // Channels times the last extent, computed.
        String c = b.node("Gather", shape, b.int64(1)).i("axis", 0).out();
        String w = b.node("Gather", shape, b.int64(x.rank() - 1)).i("axis", 0).out();
        String cw = oneElement(g, b.node("Mul", c, w).out());
        String target = concat1(b, front(g, shape, 1), cw, b.int64s(-1));
        long joined = x.dim(1) * x.dim(-1);
        Shape out = Shape.of(x.dim(0), joined, rest / joined);
        yield g.add(b.node("Reshape", x.name(), target), out, x.bound());
      }
    };
  }

  private static String concat1(OnnxBuilder b, String... parts) {
    return b.node("Concat", parts).i("axis", 0).out();
  }

  private static String oneElement(GraphSketch g, String scalar) {
    return g.opset() >= 13
        ? g.onnx().node("Unsqueeze", scalar, g.int64s(0)).out()
        : g.onnx().node("Unsqueeze", scalar).ints("axes", 0).out();
  }

  /** The first extents of a shape. */
  static String front(GraphSketch g, String shape, long count) {
    OnnxBuilder b = g.onnx();
    return g.opset() < 10
        ? b.node("Slice", shape).ints("starts", 0).ints("ends", count).ints("axes", 0).out()
        : b.node("Slice", shape, b.int64s(0), b.int64s(count), b.int64s(0)).out();
  }

  private static Val dropout(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    boolean mask = g.chance(0.3);
    NodeBuilder node;
    if (g.opset() < 12) {
      node = b.node("Dropout", x.name()).f("ratio", 0.5);
    } else if (g.chance(0.5)) {
      node = b.node("Dropout", x.name(), b.scalar(0.5f));
    } else {
      node = b.node("Dropout", x.name());
    }
    return new Val(node.outs(mask ? 2 : 1).getFirst(), x.shape(), x.bound());
  }
}
