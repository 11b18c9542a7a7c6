package io.convlens.graph;

import static io.convlens.graph.RandomGraphs.kind;

import io.convlens.graph.GraphSketch.Val;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.graph.RandomGraphs.Kind;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Random convolutions, poolings and normalisations over space. */
final class WindowDraws {
  private WindowDraws() {}

  static List<Kind> kinds() {
    return List.of(
        kind("Conv", 3, 5, WindowDraws::conv),
        kind("Conv depthwise", 3, 5, WindowDraws::depthwise),
        kind("ConvTranspose", 3, 5, WindowDraws::convTranspose),
        kind("MaxPool", 3, 5, (g, x) -> pool(g, x, "MaxPool")),
        kind("AveragePool", 3, 5, (g, x) -> pool(g, x, "AveragePool")),
        kind("LpPool", 3, 5, (g, x) -> pool(g, x, "LpPool")),
        kind("GlobalAveragePool", 3, 5, (g, x) -> global(g, x, "GlobalAveragePool")),
        kind("GlobalMaxPool", 3, 5, (g, x) -> global(g, x, "GlobalMaxPool")),
        kind("GlobalLpPool", 3, 5, WindowDraws::globalLp),
        kind("BatchNormalization", 2, 5, WindowDraws::batchNorm),
        kind("LRN", 4, 4, WindowDraws::lrn),
        kind("InstanceNormalization", 3, 5, WindowDraws::instanceNorm),
        kind("GroupNormalization", 3, 5, WindowDraws::groupNorm).from(18),
        kind("group norm in parts", 3, 5, WindowDraws::groupNormInParts),
        kind("residual block", 3, 5, WindowDraws::residual),
        kind("squeeze and excite", 4, 4, WindowDraws::squeezeExcite));
  }

  /** A window's numbers, one entry a spatial axis. */
  private static final class Window {
    final long[] kernel;
    final long[] strides;
    final long[] dilations;
    final long[] begin;
    final long[] end;
    String autoPad = "NOTSET";

    /** Every window holds at least one element; padding is less than the kernel. */
    Window(GraphSketch g, Val x, int longest, boolean dilated) {
      int n = x.rank() - 2;
      kernel = new long[n];
      strides = new long[n];
      dilations = new long[n];
      begin = new long[n];
      end = new long[n];
      boolean padded = g.chance(0.6);
      for (int i = 0; i < n; i++) {
        long length = x.dim(i + 2);
        kernel[i] = g.between(1, Math.min(longest, length));
        strides[i] = g.chance(0.5) ? 1 : g.between(1, 3);
        dilations[i] = dilated && length > 2 * (kernel[i] - 1) ? g.pick(1, 2) : 1;
        begin[i] = padded ? g.between(0, kernel[i] - 1) : 0;
        end[i] = padded ? g.between(0, kernel[i] - 1) : 0;
      }
    }

    long reach(int i) {
      return dilations[i] * (kernel[i] - 1) + 1;
    }

    /** Whether windows leave no gaps: what ONNX Runtime's SAME for transposed ones needs. */
    boolean overlaps() {
      for (int i = 0; i < kernel.length; i++) {
        if (reach(i) < strides[i]) {
          return false;
        }
      }
      return true;
    }

    void autoPad(String mode) {
      autoPad = mode;
      if (mode.startsWith("SAME")) {
        // ONNX Runtime takes no dilation together with SAME.
        Arrays.fill(dilations, 1);
      }
    }

    Shape over(Val x, long channels, boolean ceil) {
      Shape out = x.shape().with(1, channels);
      for (int i = 0; i < kernel.length; i++) {
        out = out.with(i + 2, extent(i, x.dim(i + 2), ceil));
      }
      return out;
    }

    private long extent(int i, long length, boolean ceil) {
      if (autoPad.startsWith("SAME")) {
        return Math.ceilDiv(length, strides[i]);
      }
      boolean valid = autoPad.equals("VALID");
      long padded = length + (valid ? 0 : begin[i] + end[i]);
      long span = padded - reach(i);
      if (!ceil) {
        return span / strides[i] + 1;
      }
      long n = Math.ceilDiv(span, strides[i]) + 1;
      return (n - 1) * strides[i] >= length + (valid ? 0 : begin[i]) ? n - 1 : n;
    }

    NodeBuilder write(GraphSketch g, NodeBuilder node, boolean withDilations) {
      if (autoPad.equals("NOTSET")) {
        if (g.chance(0.8) || sum(begin) + sum(end) > 0) {
          node.ints("pads", concat(begin, end));
        }
      } else {
        node.s("auto_pad", autoPad);
      }
      if (sum(strides) > strides.length || g.chance(0.7)) {
        node.ints("strides", strides);
      }
      if (withDilations && (sum(dilations) > dilations.length || g.chance(0.5))) {
        node.ints("dilations", dilations);
      }
      return node;
    }
  }

  private static long sum(long... values) {
    return Arrays.stream(values).sum();
  }

  private static long[] concat(long[] a, long[] b) {
    long[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static long[] concat(long a, long b, long[] c) {
    return concat(new long[] {a, b}, c);
  }

  private static long product(long... values) {
    return Arrays.stream(values).reduce(1, (a, b) -> a * b);
  }

  private static Val conv(GraphSketch g, Val x) {
    long c = x.dim(1);
    long groups = g.chance(0.3) ? divisor(g, c) : 1;
    long out = groups * g.between(1, Math.max(1, 8 / groups));
    return conv(g, x, out, groups);
  }

  private static Val depthwise(GraphSketch g, Val x) {
    return conv(g, x, x.dim(1) * g.pick(1, 1, 2), x.dim(1));
  }

  private static Val conv(GraphSketch g, Val x, long out, long groups) {
    var window = new Window(g, x, 5, true);
    if (g.chance(0.25)) {
      window.autoPad(g.pick("SAME_UPPER", "SAME_LOWER", "VALID"));
    }
    long in = x.dim(1) / groups;
    long fanIn = in * product(window.kernel);
    List<String> inputs = new ArrayList<>(List.of(x.name()));
    inputs.add(g.weights(GraphSketch.spread(fanIn), concat(out, in, window.kernel)));
    if (g.chance(0.6)) {
      inputs.add(g.weights(0.3, out));
    }
    NodeBuilder node = window.write(g, g.onnx().node("Conv", inputs), true);
    if (g.chance(0.7)) {
      node.ints("kernel_shape", window.kernel);
    }
    if (groups != 1 || g.chance(0.5)) {
      node.i("group", groups);
    }
    return g.add(node, window.over(x, out, false), 1.7 * x.bound() + 0.3);
  }

  private static long divisor(GraphSketch g, long n) {
    List<Long> divisors = new ArrayList<>();
    for (long d = 1; d <= n; d++) {
      if (n % d == 0) {
        divisors.add(d);
      }
    }
    return g.pick(divisors);
  }

  private static Val convTranspose(GraphSketch g, Val x) {
    var window = new Window(g, x, 4, true);
    if (g.large(x)) {
      Arrays.fill(window.strides, 1);
    }
    long groups = g.chance(0.3) ? divisor(g, x.dim(1)) : 1;
    long each = g.between(1, Math.max(1, 6 / groups));
    long fanIn = Math.max(1, x.dim(1) / groups * product(window.kernel) / product(window.strides));
    List<String> inputs = new ArrayList<>(List.of(x.name()));
    inputs.add(g.weights(GraphSketch.spread(fanIn), concat(x.dim(1), each, window.kernel)));
    if (g.chance(0.5)) {
      inputs.add(g.weights(0.3, each * groups));
    }
    NodeBuilder node = g.onnx().node("ConvTranspose", inputs).i("group", groups);
    node.ints("kernel_shape", window.kernel).ints("strides", window.strides);
    node.ints("dilations", window.dilations);
    Shape shape = transposedShape(g, x, window, node).with(1, each * groups);
    return g.add(node, shape, 2.5 * x.bound() + 0.3);
  }

  /** Chooses among pads, auto_pad and output_shape, writes them, and tells the output's extents. */
  private static Shape transposedShape(GraphSketch g, Val x, Window w, NodeBuilder node) {
    int n = w.kernel.length;
    long[] full = new long[n];
    for (int i = 0; i < n; i++) {
      full[i] = (x.dim(i + 2) - 1) * w.strides[i] + w.reach(i);
    }
    long[] out = new long[n];
    int form = g.between(0, 3);
    if (form == 1 && !w.overlaps()) {
      form = 2;
    }
    for (int i = 0; i < n; i++) {
      long same = x.dim(i + 2) * w.strides[i];
      out[i] =
          switch (form) {
            // ONNX's shape inference takes an output smaller than the input for a mistake.
            case 0 -> g.between(Math.max(x.dim(i + 2), full[i] - 3), full[i]);
            case 1 -> same;
            default -> full[i];
          };
    }
    switch (form) {
      case 0 -> node.ints("output_shape", out);
      case 1 -> node.s("auto_pad", g.pick("SAME_UPPER", "SAME_LOWER"));
      case 2 -> {}
      default -> padTransposed(g, w, full, out, node);
    }
    Shape shape = x.shape();
    for (int i = 0; i < n; i++) {
      shape = shape.with(i + 2, out[i]);
    }
    return shape;
  }

  private static void padTransposed(
      GraphSketch g, Window w, long[] full, long[] out, NodeBuilder node) {
    long[] extra = new long[out.length];
    for (int i = 0; i < out.length; i++) {
      extra[i] = g.chance(0.3) ? g.between(0, w.strides[i] - 1) : 0;
      if (full[i] + extra[i] - w.begin[i] - w.end[i] < 1) {
        w.begin[i] = 0;
        w.end[i] = 0;
      }
      out[i] = full[i] + extra[i] - w.begin[i] - w.end[i];
    }
    node.ints("pads", concat(w.begin, w.end));
    if (sum(extra) > 0) {
      node.ints("output_padding", extra);
    }
  }

  private static Val pool(GraphSketch g, Val x, String op) {
    boolean canDilate = dilatesFrom(op) <= g.opset();
    boolean canCeil = (op.equals("LpPool") ? 18 : 10) <= g.opset();
    var window = new Window(g, x, 4, canDilate);
    boolean ceil = canCeil && g.chance(0.4);
    if (!ceil && g.chance(0.2)) {
      window.autoPad(g.pick("SAME_UPPER", "SAME_LOWER", "VALID"));
    }
    NodeBuilder node = window.write(g, g.onnx().node(op, x.name()), canDilate);
    node.ints("kernel_shape", window.kernel);
    if (canCeil && (ceil || g.chance(0.3))) {
      node.i("ceil_mode", ceil ? 1 : 0);
    }
    if (op.equals("AveragePool") && g.chance(0.5)) {
      node.i("count_include_pad", g.between(0, 1));
    }
    double bound = x.bound();
    if (op.equals("LpPool")) {
      int p = g.between(1, 3);
      node.i("p", p);
      bound *= Math.pow((double) product(window.kernel), 1.0 / p);
    }
    return g.add(node, window.over(x, x.dim(1), ceil), bound);
  }

  private static int dilatesFrom(String op) {
    return switch (op) {
      case "MaxPool" -> 10;
      case "AveragePool" -> 19;
      default -> 18;
    };
  }

  private static Val global(GraphSketch g, Val x, String op) {
    return g.add(g.onnx().node(op, x.name()), pointShape(x), x.bound());
  }

  private static Val globalLp(GraphSketch g, Val x) {
    int p = g.between(1, 3);
    long places = x.shape().product(2, x.rank());
    double bound = x.bound() * Math.pow((double) places, 1.0 / p);
    return g.add(g.onnx().node("GlobalLpPool", x.name()).i("p", p), pointShape(x), bound);
  }

  private static Shape pointShape(Val x) {
    Shape shape = x.shape();
    for (int i = 2; i < x.rank(); i++) {
      shape = shape.with(i, 1);
    }
    return shape;
  }

  private static Val batchNorm(GraphSketch g, Val x) {
    long c = x.dim(1);
    String scale = g.weights(0.5, 1.5, c);
    String shift = g.weights(0.5, c);
    String mean = g.weights(0.5, c);
    String variance = g.weights(0.5, 1.5, c);
    NodeBuilder node = g.onnx().node("BatchNormalization", x.name(), scale, shift, mean, variance);
    if (g.chance(0.7)) {
      node.f("epsilon", g.pick(1e-5, 1e-3));
    }
    if (g.opset() < 9 && g.chance(0.5)) {
      node.i("spatial", 1);
    }
    return g.like(x, node, 2 * x.bound() + 2);
  }

  private static Val lrn(GraphSketch g, Val x) {
    NodeBuilder node = g.onnx().node("LRN", x.name()).i("size", g.pick(1, 3, 5));
    if (g.chance(0.7)) {
      node.f("alpha", g.pick(1e-4, 0.1)).f("beta", g.pick(0.75, 0.5)).f("bias", g.pick(1.0, 2.0));
    }
    return g.like(x, node, x.bound());
  }

  private static Val instanceNorm(GraphSketch g, Val x) {
    long c = x.dim(1);
    NodeBuilder node =
        g.onnx().node("InstanceNormalization", x.name(), g.weights(0.5, 1.5, c), g.weights(0.5, c));
    return g.like(x, node.f("epsilon", g.pick(1e-5, 1e-2)), 5);
  }

  private static Val groupNorm(GraphSketch g, Val x) {
    long groups = divisor(g, x.dim(1));
    // Opset 18 scales a group, 21 a channel.
    long scales = g.opset() < 21 ? groups : x.dim(1);
    String scale = g.weights(0.5, 1.5, scales);
    NodeBuilder node = g.onnx().node("GroupNormalization", x.name(), scale, g.weights(0.5, scales));
    return g.like(x, node.i("num_groups", groups).f("epsilon", g.pick(1e-5, 1e-2)), 5);
  }

  /** As torch.onnx writes it for opsets before 21. */
  private static Val groupNormInParts(GraphSketch g, Val x) {
    OnnxBuilder b = g.onnx();
    long groups = divisor(g, x.dim(1));
    String shape = b.node("Shape", x.name()).out();
    String runs = b.node("Reshape", x.name(), g.int64s(0, groups, -1)).out();
    String ones = g.weights(1, 1.000001, groups);
    String zeros = g.weights(0, 0.000001, groups);
    String normed = b.node("InstanceNormalization", runs, ones, zeros).f("epsilon", 1e-5).out();
    String back = b.node("Reshape", normed, shape).out();
    long[] channel = new long[x.rank() - 1];
    Arrays.fill(channel, 1);
    channel[0] = x.dim(1);
    String scaled = b.node("Mul", back, g.weights(0.5, 1.5, channel)).out();
    return g.like(x, b.node("Add", scaled, g.weights(0.5, channel)), 5);
  }

  private static Val residual(GraphSketch g, Val x) {
    long[] kernel = new long[x.rank() - 2];
    long[] pads = new long[2 * kernel.length];
    Arrays.fill(kernel, 3);
    Arrays.fill(pads, 1);
    Val y = x;
    for (int i = 0; i < 2; i++) {
      double bound = GraphSketch.spread(x.dim(1) * product(kernel));
      String w = g.weights(bound, concat(x.dim(1), x.dim(1), kernel));
      NodeBuilder node = g.onnx().node("Conv", y.name(), w).ints("pads", pads);
      y = batchNorm(g, g.like(x, node, 1.7 * y.bound()));
      y = i == 0 ? g.unary("Relu", y, y.bound()) : y;
    }
    Val sum = g.like(x, g.onnx().node("Add", y.name(), x.name()), x.bound() + y.bound());
    return g.unary("Relu", sum, sum.bound());
  }

  private static Val squeezeExcite(GraphSketch g, Val x) {
    long c = x.dim(1);
    Val s = g.chance(0.5) ? global(g, x, "GlobalAveragePool") : spatialMean(g, x);
    s = g.unary("Relu", g.channels(s, Math.max(1, c / 2) + 1), 2 * x.bound());
    s = g.channels(s, c);
    s = g.unary(g.pick("Sigmoid", "HardSigmoid"), s, 1);
    String a = g.chance(0.5) ? x.name() : s.name();
    String b = a.equals(x.name()) ? s.name() : x.name();
    return g.like(x, g.onnx().node("Mul", a, b), x.bound());
  }

  private static Val spatialMean(GraphSketch g, Val x) {
    NodeBuilder node = g.withAxes("ReduceMean", x, 18, 2, 3).i("keepdims", 1);
    return g.add(node, pointShape(x), x.bound());
  }
}
