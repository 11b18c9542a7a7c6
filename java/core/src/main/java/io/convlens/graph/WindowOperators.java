package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that slide a window: convolutions and pooling. */
final class WindowOperators {
  private static final int MAX_SPATIAL = 3;

  private WindowOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Conv", WindowOperators::conv);
    all.put("ConvTranspose", WindowOperators::convTranspose);
    all.put("MaxPool", n -> pool(n, Node.PoolKind.MAX));
    all.put(
        "AveragePool",
        n ->
            pool(
                n,
                n.integer("count_include_pad", 0) == 0
                    ? Node.PoolKind.AVERAGE
                    : Node.PoolKind.AVERAGE_WITH_PADDING));
    all.put("LpPool", n -> pool(n, Node.PoolKind.LP));
    all.put("GlobalAveragePool", n -> global(n, Node.ReduceKind.MEAN));
    all.put("GlobalMaxPool", n -> global(n, Node.ReduceKind.MAX));
    all.put("GlobalLpPool", WindowOperators::globalLp);
  }

  /** A window's attributes as the file has them, before padding is known. */
  @SuppressWarnings("ArrayRecordComponent") // Three arrays that travel together; never compared.
  private record Window(int[] kernel, int[] strides, int[] dilations) {
    int extent(int axis) {
      return Math.addExact(Math.multiplyExact(dilations[axis], kernel[axis] - 1), 1);
    }
  }

  private static Window window(NodeReader n, long[] kernel) {
    int r = kernel.length;
    int[] k = positive(n, "kernel_shape", kernel, r);
    int[] s = positive(n, "strides", n.integers("strides").orElseGet(() -> ones(r)), r);
    int[] d = positive(n, "dilations", n.integers("dilations").orElseGet(() -> ones(r)), r);
    return new Window(k, s, d);
  }

  private static long[] ones(int rank) {
    long[] ones = new long[rank];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static int[] positive(NodeReader n, String name, long[] values, int rank) {
    if (values.length != rank || !Arrays.stream(values).allMatch(v -> v >= 1 && v < 1 << 20)) {
      throw n.refuse("has " + name + " " + Arrays.toString(values) + " for " + rank + " axes");
    }
    return Arrays.stream(values).mapToInt(v -> (int) v).toArray();
  }

  private static int spatialRank(NodeReader n, Shape x) {
    int r = x.rank() - 2;
    if (r < 1 || r > MAX_SPATIAL) {
      throw n.refuse("runs over an array of shape " + x + "; 1 to 3 spatial axes are supported");
    }
    return r;
  }

  /** Padding in the file's form: all begins, then all ends. */
  private static int[] explicitPads(NodeReader n, int rank) {
    long[] pads = n.integers("pads").orElseGet(() -> new long[2 * rank]);
    if (pads.length != 2 * rank || !Arrays.stream(pads).allMatch(p -> p >= 0 && p < 1 << 20)) {
      throw n.refuse("has pads " + Arrays.toString(pads) + " for " + rank + " axes");
    }
    return Arrays.stream(pads).mapToInt(p -> (int) p).toArray();
  }

  /** Padding resolved for an input, auto_pad included. */
  private static int[] pads(NodeReader n, Shape x, Window w) {
    int r = w.kernel().length;
    String auto = n.text("auto_pad", "NOTSET");
    if (auto.equals("NOTSET") || auto.isEmpty()) {
      return explicitPads(n, r);
    }
    int[] pads = new int[2 * r];
    if (auto.equals("VALID")) {
      return pads;
    }
    if (!auto.equals("SAME_UPPER") && !auto.equals("SAME_LOWER")) {
      throw n.refuse("has auto_pad " + auto);
    }
    for (int i = 0; i < r; i++) {
      int in = x.intDim(i + 2);
      int out = Math.ceilDiv(in, w.strides()[i]);
      int total = Math.toIntExact(Math.max(0, (out - 1L) * w.strides()[i] + w.extent(i) - in));
      int small = total / 2;
      pads[i] = auto.equals("SAME_UPPER") ? small : total - small;
      pads[r + i] = total - pads[i];
    }
    return pads;
  }

  private static Windowing windowing(Window w, int[] begin, int[] end) {
    return new Windowing(
        list(w.kernel()), list(w.strides()), list(w.dilations()), list(begin), list(end));
  }

  private static List<Integer> list(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private static Shape outputShape(NodeReader n, Shape x, long channels, long[] spatial) {
    long[] dims = new long[x.rank()];
    dims[0] = x.dim(0);
    dims[1] = channels;
    for (int i = 0; i < spatial.length; i++) {
      if (spatial[i] < 1) {
        throw n.refuse("has a window larger than its padded input " + x);
      }
      dims[i + 2] = spatial[i];
    }
    return Shape.of(dims);
  }

  private static long[] kernelShape(NodeReader n, Tensor weights, int rank) {
    long[] dims = weights.shape().dims();
    if (dims.length != rank + 2) {
      throw n.refuse("has weights of shape " + weights.shape() + " for " + rank + " spatial axes");
    }
    long[] kernel = Arrays.copyOfRange(dims, 2, dims.length);
    if (!Arrays.equals(kernel, n.integers("kernel_shape").orElse(kernel))) {
      throw n.refuse("has a kernel_shape other than its weights " + weights.shape());
    }
    return kernel;
  }

  private static int padded(Shape x, int axis, int... pads) {
    return Math.addExact(x.intDim(axis + 2), pads[axis] + pads[pads.length / 2 + axis]);
  }

  private static int groups(NodeReader n, long in, long out) {
    long groups = n.integer("group", 1);
    if (groups < 1 || in % groups != 0 || out % groups != 0) {
      throw n.refuse("has " + groups + " groups for " + in + " and " + out + " channels");
    }
    return (int) groups;
  }

  private static void conv(NodeReader n) {
    Value x = n.value(0);
    Tensor weights = n.weights(1, "weights");
    int r = spatialRank(n, x.shape());
    Window w = window(n, kernelShape(n, weights, r));
    long channels = x.shape().dim(1);
    long out = weights.shape().dim(0);
    int groups = groups(n, channels, out);
    if (weights.shape().dim(1) * groups != channels) {
      throw n.refuse(
          "has weights of shape %s in %d groups for %d input channels"
              .formatted(weights.shape(), groups, channels));
    }
    int[] pads = pads(n, x.shape(), w);
    long[] spatial = new long[r];
    int[] end = new int[r];
    for (int i = 0; i < r; i++) {
      int room = padded(x.shape(), i, pads) - w.extent(i);
      spatial[i] = room < 0 ? 0 : room / w.strides()[i] + 1;
      end[i] = pads[r + i] - Math.floorMod(room, w.strides()[i]);
    }
    Tensor bias = n.bias(2, out);
    Windowing windowing = windowing(w, Arrays.copyOf(pads, r), end);
    n.emit(
        outputShape(n, x.shape(), out, spatial),
        x,
        y -> new Node.Conv(n.name(), x, weights, bias, windowing, groups, y));
  }

  private static void convTranspose(NodeReader n) {
    Value x = n.value(0);
    Tensor weights = n.weights(1, "weights");
    int r = spatialRank(n, x.shape());
    Window w = window(n, kernelShape(n, weights, r));
    int groups = groups(n, x.shape().dim(1), weights.shape().dim(0));
    if (weights.shape().dim(0) != x.shape().dim(1)) {
      throw n.refuse(
          "has weights of shape " + weights.shape() + " for an input of shape " + x.shape());
    }
    long out = weights.shape().dim(1) * groups;
    long[] extra = n.integers("output_padding").orElseGet(() -> new long[r]);
    if (extra.length != r || !Arrays.stream(extra).allMatch(e -> e >= 0 && e < 1 << 20)) {
      throw n.refuse("has output_padding " + Arrays.toString(extra) + " for " + r + " axes");
    }
    int[] full = new int[r];
    for (int i = 0; i < r; i++) {
      full[i] =
          Math.toIntExact((x.shape().dim(i + 2) - 1) * w.strides()[i] + w.extent(i) + extra[i]);
    }
    int[] begin = new int[r];
    long[] spatial = transposedSize(n, full, begin, x.shape(), w);
    int[] end = new int[r];
    for (int i = 0; i < r; i++) {
      end[i] = Math.toIntExact(full[i] - extra[i] - begin[i] - spatial[i]);
    }
    Tensor bias = n.bias(2, out);
    Windowing windowing = windowing(w, begin, end);
    n.emit(
        outputShape(n, x.shape(), out, spatial),
        x,
        y -> new Node.ConvTranspose(n.name(), x, weights, bias, windowing, groups, y));
  }

  /** The output's extents, and the padding before each axis, from whichever of the two is given. */
  private static long[] transposedSize(NodeReader n, int[] full, int[] begin, Shape x, Window w) {
    int r = full.length;
    long[] spatial = new long[r];
    String auto = n.text("auto_pad", "NOTSET");
    boolean same = auto.startsWith("SAME");
    long[] asked = n.integers("output_shape").orElse(null);
    if (asked == null && !same) {
      int[] pads = auto.equals("VALID") ? new int[2 * r] : explicitPads(n, r);
      for (int i = 0; i < r; i++) {
        begin[i] = pads[i];
        spatial[i] = (long) full[i] - pads[i] - pads[r + i];
      }
      return spatial;
    }
    if (asked != null && asked.length != r) {
      asked = Arrays.copyOfRange(asked, Math.max(0, asked.length - r), asked.length);
    }
    for (int i = 0; i < r; i++) {
      spatial[i] = asked != null ? asked[i] : x.dim(i + 2) * w.strides()[i];
      int total = (int) Math.max(0, full[i] - spatial[i]);
      // The specification gives the odd one to the end for SAME_UPPER, to the begin otherwise.
      begin[i] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
    }
    return spatial;
  }

  private static void pool(NodeReader n, Node.PoolKind kind) {
    Value x = n.value(0);
    int r = spatialRank(n, x.shape());
    long[] kernel =
        n.integers("kernel_shape").orElseThrow(() -> n.refuse("lacks its kernel_shape"));
    if (kernel.length != r) {
      throw n.refuse("has kernel_shape " + Arrays.toString(kernel) + " for " + r + " axes");
    }
    Window w = window(n, kernel);
    int[] pads = pads(n, x.shape(), w);
    for (int i = 0; i < pads.length; i++) {
      if (pads[i] >= w.extent(i % r)) {
        throw n.refuse("has pads " + Arrays.toString(pads) + " that hide whole windows");
      }
    }
    boolean ceil = n.integer("ceil_mode", 0) != 0;
    long[] spatial = new long[r];
    int[] end = new int[r];
    for (int i = 0; i < r; i++) {
      spatial[i] = pooledSize(x.shape().intDim(i + 2), pads[i], pads[r + i], w, i, ceil);
      end[i] =
          (int) ((spatial[i] - 1) * w.strides()[i] + w.extent(i) - pads[i] - x.shape().dim(i + 2));
    }
    List<Integer> fileEnd = list(Arrays.copyOfRange(pads, r, 2 * r));
    Windowing windowing = windowing(w, Arrays.copyOf(pads, r), end);
    if (kind == Node.PoolKind.LP) {
      n.since(2);
    }
    int p = (int) n.integer("p", 2);
    n.emit(
        outputShape(n, x.shape(), x.shape().dim(1), spatial),
        x,
        y -> new Node.Pool(n.name(), x, kind, windowing, fileEnd, p, y));
  }

  private static long pooledSize(int in, int begin, int end, Window w, int axis, boolean ceil) {
    int stride = w.strides()[axis];
    int room = Math.addExact(in, begin + end) - w.extent(axis);
    if (room < 0) {
      return 0;
    }
    int size = (ceil ? Math.ceilDiv(room, stride) : room / stride) + 1;
    // A window that would start in the padding after the end is left out.
    return ceil && (size - 1) * stride >= in + begin ? size - 1 : size;
  }

  private static List<Integer> spatialAxes(NodeReader n, Operand x) {
    if (x.shape().rank() < 3) {
      throw n.refuse("runs over an array of shape " + x.shape());
    }
    return IntStream.range(2, x.shape().rank()).boxed().toList();
  }

  private static void global(NodeReader n, Node.ReduceKind kind) {
    Operand x = n.input(0);
    n.output(n.emit().reduce(x, kind, spatialAxes(n, x), true));
  }

  private static void globalLp(NodeReader n) {
    n.since(2);
    Operand x = n.input(0);
    List<Integer> axes = new ArrayList<>(spatialAxes(n, x));
    long p = n.integer("p", 2);
    Emitter emit = n.emit();
    if (p == 1 || p == 2) {
      n.output(emit.reduce(x, p == 1 ? Node.ReduceKind.L1 : Node.ReduceKind.L2, axes, true));
      return;
    }
    Operand abs = emit.activate(x, new Activation.Elementary(Activation.Function.ABS));
    Operand power = emit.activate(abs, new Activation.Power(p));
    Operand sum = emit.reduce(power, Node.ReduceKind.SUM, axes, true);
    n.output(emit.activate(sum, new Activation.Power(1f / p)));
  }
}
