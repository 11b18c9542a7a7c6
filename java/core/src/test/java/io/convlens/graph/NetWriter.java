package io.convlens.graph;

import io.convlens.graph.Nets.Built;
import io.convlens.graph.Nets.Conv2;
import io.convlens.graph.Nets.FeatureMap;
import io.convlens.graph.Nets.Options;
import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.NodeBuilder;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes a network layer by layer as torch.onnx does. Layers are known by PyTorch's module paths
 * ({@code layer1.0.conv1}), an empty one for the network itself; a path with a dot at its end is
 * the module's own operation.
 */
final class NetWriter {
  /** PyTorch's default epsilon and momentum (ONNX's is one minus PyTorch's). */
  private static final double EPSILON = 1e-5;

  private static final double MOMENTUM = 0.9;

  /**
   * The power after a batch normalisation drawn as {@link BatchNorm} draws it: E[scale²] · E[1 /
   * variance] · (1 + E[mean²]) + E[shift²].
   */
  private static final double NORMED = 1.07;

  private final OnnxBuilder onnx;
  private final Options options;
  private final boolean drawsWeights;
  private final SplittableRandom random;
  private final Map<String, Integer> uses = new HashMap<>();
  private long macs;
  private long parameters;

  NetWriter(Options options, boolean drawsWeights) {
    this.options = options;
    this.drawsWeights = drawsWeights;
    this.random = new SplittableRandom(options.seed());
    this.onnx = new OnnxBuilder(options.opset()).producer("pytorch").irVersion(7);
    onnx.placement(OnnxBuilder.Placement.INITIALIZER);
  }

  int classes() {
    return options.classes();
  }

  FeatureMap input() {
    String x = onnx.input("input", -1, 3, options.height(), options.width());
    return new FeatureMap(x, 3, options.height(), options.width(), 0, 1);
  }

  Built built(FeatureMap logits) {
    onnx.output(
        logits.name(), ElementType.FLOAT, List.of("N", Integer.toString(logits.channels())));
    return new Built(onnx, macs, parameters);
  }

  FeatureMap conv(String path, FeatureMap x, int out, Conv2 c) {
    float[] weights = convWeights(x, out, c);
    float[] bias = c.bias() ? uniform(out, -0.1, 0.1) : new float[0];
    parameters += c.bias() ? out : 0;
    return conv(path, x, out, c, weights, bias);
  }

  FeatureMap convRelu(String convPath, String reluPath, FeatureMap x, int out, Conv2 c) {
    return relu(reluPath, conv(convPath, x, out, c));
  }

  /** A convolution and the batch normalisation after it, two nodes or folded into one. */
  FeatureMap convBatchNorm(String convPath, String normPath, FeatureMap x, int out, Conv2 c) {
    float[] weights = convWeights(x, out, c);
    var norm = new BatchNorm(out, 2 * x.power());
    if (!options.foldedBatchNorm()) {
      FeatureMap y = conv(convPath, x, out, c, weights, new float[0]);
      return norm.write(normPath, y);
    }
    float[] bias = new float[out];
    for (int o = 0; o < out; o++) {
      double scale = norm.scale[o] / Math.sqrt(norm.variance[o] + EPSILON);
      bias[o] = (float) (norm.shift[o] - norm.mean[o] * scale);
      int run = weights.length / out;
      for (int i = o * run; i < (o + 1) * run; i++) {
        weights[i] = (float) (weights[i] * scale);
      }
    }
    FeatureMap y = conv(convPath, x, out, c, weights, bias);
    return new FeatureMap(y.name(), out, y.height(), y.width(), 0, NORMED);
  }

  /** GoogLeNet's layer: convolution, batch normalisation, ReLU. */
  FeatureMap basicConv(String path, FeatureMap x, int out, Conv2 c) {
    return relu(path, convBatchNorm(path + ".conv", path + ".bn", x, out, c));
  }

  /** MobileNet's layer: convolution, batch normalisation, ReLU6. */
  FeatureMap convBatchNormRelu6(String path, FeatureMap x, int out, Conv2 c) {
    FeatureMap y = convBatchNorm(path + ".0", path + ".1", x, out, c);
    String scope = path + ".2";
    String min = node(scope, "Constant").tensor("value", scalar(0)).out();
    String max = node(scope, "Constant").tensor("value", scalar(6)).out();
    return rectified(y, node(scope, "Clip", y.name(), min, max));
  }

  FeatureMap batchNorm(String path, FeatureMap x) {
    return new BatchNorm(x.channels(), x.power()).write(path, x);
  }

  FeatureMap relu(String path, FeatureMap x) {
    return rectified(x, node(path, "Relu", x.name()));
  }

  FeatureMap maxPool(String path, FeatureMap x, int kernel, int stride, int pad, boolean ceil) {
    String y =
        node(path, "MaxPool", x.name())
            .i("ceil_mode", ceil ? 1 : 0)
            .ints("kernel_shape", kernel, kernel)
            .ints("pads", pad, pad, pad, pad)
            .ints("strides", stride, stride)
            .out();
    int h = pooled(x.height(), kernel, stride, pad, ceil);
    int w = pooled(x.width(), kernel, stride, pad, ceil);
    return new FeatureMap(y, x.channels(), h, w, x.mean(), x.power());
  }

  /** As torch.onnx writes it, with a Pad by nothing before it. */
  FeatureMap averagePool(String path, FeatureMap x, int kernel, int stride) {
    String zeros =
        node(path, "Constant")
            .tensor("value", OnnxBuilder.tensor(new long[] {8}, new long[8]))
            .out();
    String padded = node(path, "Pad", x.name(), zeros).s("mode", "constant").out();
    String y =
        node(path, "AveragePool", padded)
            .i("ceil_mode", 0)
            .ints("kernel_shape", kernel, kernel)
            .ints("pads", 0, 0, 0, 0)
            .ints("strides", stride, stride)
            .out();
    int h = pooled(x.height(), kernel, stride, 0, false);
    int w = pooled(x.width(), kernel, stride, 0, false);
    return new FeatureMap(y, x.channels(), h, w, x.mean(), x.power());
  }

  /**
   * Averages down to {@code side}². PyTorch's own where the side divides the map's, else windows of
   * one size that overlap.
   */
  FeatureMap adaptiveAveragePool(String path, FeatureMap x, int side) {
    if (x.height() < side || x.width() < side) {
      throw new IllegalArgumentException("pictures too small: " + x + " before " + path);
    }
    int sy = x.height() / side;
    int sx = x.width() / side;
    String y =
        node(path, "AveragePool", x.name())
            .ints("kernel_shape", x.height() - (side - 1) * sy, x.width() - (side - 1) * sx)
            .ints("strides", sy, sx)
            .out();
    return new FeatureMap(y, x.channels(), side, side, x.mean(), x.power());
  }

  FeatureMap globalAveragePool(String path, FeatureMap x) {
    String y = node(path, "GlobalAveragePool", x.name()).out();
    return new FeatureMap(y, x.channels(), 1, 1, x.mean(), x.power());
  }

  FeatureMap flatten(FeatureMap x) {
    String y = node("", "Flatten", x.name()).i("axis", 1).out();
    return new FeatureMap(y, x.channels() * x.height() * x.width(), 1, 1, x.mean(), x.power());
  }

  FeatureMap gemm(String path, FeatureMap x, int out) {
    int in = x.channels();
    String w = weight(path + ".weight", he(out * in, in), out, in);
    String b = weight(path + ".bias", uniform(out, -0.1, 0.1), out);
    macs += (long) out * in;
    parameters += (long) out * in + out;
    String y = node(path, "Gemm", x.name(), w, b).f("alpha", 1).f("beta", 1).i("transB", 1).out();
    return new FeatureMap(y, out, 1, 1, 0, 2 * x.power());
  }

  /** Caffe's constants. */
  FeatureMap lrn(String path, FeatureMap x) {
    var node = node(path, "LRN", x.name()).f("alpha", 1e-4).f("beta", 0.75).f("bias", 1);
    return like(x, node.i("size", 5));
  }

  FeatureMap dropout(String path, FeatureMap x) {
    if (onnx.opset() < 12) {
      return like(x, node(path, "Dropout", x.name()).f("ratio", 0.5));
    }
    return like(x, node(path, "Dropout", x.name(), onnx.scalar(0.5f)));
  }

  FeatureMap softmax(String path, FeatureMap x) {
    return like(x, node(path, "Softmax", x.name()).i("axis", 1));
  }

  FeatureMap add(String path, FeatureMap a, FeatureMap b) {
    String y = node(path, "Add", a.name(), b.name()).out();
    double power = a.power() + b.power() + 2 * a.mean() * b.mean();
    return new FeatureMap(y, a.channels(), a.height(), a.width(), a.mean() + b.mean(), power);
  }

  FeatureMap concat(String path, List<FeatureMap> maps) {
    int channels = maps.stream().mapToInt(FeatureMap::channels).sum();
    double mean = maps.stream().mapToDouble(m -> m.mean() * m.channels()).sum() / channels;
    double power = maps.stream().mapToDouble(m -> m.power() * m.channels()).sum() / channels;
    String[] names = maps.stream().map(FeatureMap::name).toArray(String[]::new);
    String y = node(path, "Concat", names).i("axis", 1).out();
    FeatureMap first = maps.getFirst();
    return new FeatureMap(y, channels, first.height(), first.width(), mean, power);
  }

  private FeatureMap conv(
      String path, FeatureMap x, int out, Conv2 c, float[] weights, float[] bias) {
    int in = x.channels() / c.groups();
    String w = weight(path + ".weight", weights, out, in, c.kernel(), c.kernel());
    List<String> inputs =
        bias.length == 0
            ? List.of(x.name(), w)
            : List.of(x.name(), w, weight(path + ".bias", bias, out));
    String y =
        node(path, "Conv", inputs.toArray(String[]::new))
            .ints("dilations", 1, 1)
            .i("group", c.groups())
            .ints("kernel_shape", c.kernel(), c.kernel())
            .ints("pads", c.pad(), c.pad(), c.pad(), c.pad())
            .ints("strides", c.stride(), c.stride())
            .out();
    int h = c.extent(x.height());
    int wide = c.extent(x.width());
    long each = (long) in * c.kernel() * c.kernel() * out;
    macs += each * h * wide;
    parameters += each;
    return new FeatureMap(y, out, h, wide, 0, 2 * x.power());
  }

  private float[] convWeights(FeatureMap x, int out, Conv2 c) {
    int fanIn = x.channels() / c.groups() * c.kernel() * c.kernel();
    return he(out * fanIn, fanIn);
  }

  /** A pooling's extent; with {@code ceil}, PyTorch's rule that no window starts in the padding. */
  private static int pooled(int length, int kernel, int stride, int pad, boolean ceil) {
    int n = (length + 2 * pad - kernel + (ceil ? stride - 1 : 0)) / stride + 1;
    return ceil && (n - 1) * stride >= length + pad ? n - 1 : n;
  }

  private static FeatureMap like(FeatureMap x, NodeBuilder node) {
    return new FeatureMap(node.out(), x.channels(), x.height(), x.width(), x.mean(), x.power());
  }

  /** After a ReLU, if the elements are normally distributed. */
  private static FeatureMap rectified(FeatureMap x, NodeBuilder node) {
    double deviation = Math.sqrt(x.power() - x.mean() * x.mean());
    double z = x.mean() / deviation;
    double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    // The logistic function that comes closest to the normal distribution, within 0.01.
    double below = 1 / (1 + Math.exp(-1.702 * z));
    double mean = x.mean() * below + deviation * density;
    double power = x.power() * below + x.mean() * deviation * density;
    return new FeatureMap(node.out(), x.channels(), x.height(), x.width(), mean, power);
  }

  private static TensorProto scalar(float value) {
    return OnnxBuilder.tensor(ElementType.FLOAT, new long[0], value);
  }

  /**
   * A node with torch.onnx's name: {@code /layer1/layer1.0/conv1/Conv}, numbered from the second.
   */
  private NodeBuilder node(String path, String op, String... inputs) {
    String name = scope(path) + "/" + op;
    int before = uses.merge(name, 1, Integer::sum) - 1;
    return onnx.node(op, inputs).named(before == 0 ? name : name + "_" + before);
  }

  /** Steps of a path that are numbers are shown behind the steps before them. */
  private static String scope(String path) {
    var scope = new StringBuilder();
    String shown = "";
    for (String step : path.split("\\.", -1)) {
      if (!step.isEmpty()) {
        shown = Character.isDigit(step.charAt(0)) ? shown + "." + step : step;
        scope.append('/').append(shown);
      }
    }
    return scope.toString();
  }

  private String weight(String name, float[] values, long... dims) {
    return drawsWeights ? onnx.floats(name, dims, values) : name;
  }

  /** He's initialisation, uniform: keeps the power of activations through ReLUs. */
  private float[] he(int count, int fanIn) {
    double bound = Math.sqrt(6.0 / fanIn);
    return uniform(count, -bound, bound);
  }

  private float[] uniform(int count, double low, double high) {
    float[] values = new float[count];
    for (int i = 0; drawsWeights && i < count; i++) {
      values[i] = (float) random.nextDouble(low, high);
    }
    return values;
  }

  /** Batch normalisation's numbers, drawn around what its input is expected to have. */
  private final class BatchNorm {
    private final float[] scale;
    private final float[] shift;
    private final float[] mean;
    private final float[] variance;

    private BatchNorm(int channels, double power) {
      double deviation = Math.sqrt(power);
      scale = uniform(channels, 0.8, 1.2);
      shift = uniform(channels, -0.2, 0.2);
      mean = uniform(channels, -0.2 * deviation, 0.2 * deviation);
      variance = uniform(channels, 0.7 * power, 1.3 * power);
      parameters += 2L * channels;
    }

    private FeatureMap write(String path, FeatureMap x) {
      long n = x.channels();
      String s = weight(path + ".weight", scale, n);
      String b = weight(path + ".bias", shift, n);
      String m = weight(path + ".running_mean", mean, n);
      String v = weight(path + ".running_var", variance, n);
      var node = node(path, "BatchNormalization", x.name(), s, b, m, v);
      node.f("epsilon", EPSILON).f("momentum", MOMENTUM);
      var complete = onnx.opset() < 14 ? node : node.i("training_mode", 0);
      return new FeatureMap(complete.out(), x.channels(), x.height(), x.width(), 0, NORMED);
    }
  }
}
