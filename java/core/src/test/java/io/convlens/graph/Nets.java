package io.convlens.graph;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Well-known classifiers with random weights, as ONNX files: what tests and benchmarks run. All but
 * {@link #ALEXNET_CAFFE} and {@link #ZFNET} are node for node what torch.onnx writes of
 * torchvision's models in eval mode (opset 13 on), names included.
 *
 * <p>The weights keep activations and logits near 1, so that rounding shows as it does in trained
 * networks. Equal options give equal bytes.
 *
 * <pre>{@code
 * Path file = Nets.RESNET_18.write(folder.resolve("resnet18.onnx"), Nets.RESNET_18.options());
 * }</pre>
 */
public enum Nets {
  /** AlexNet as torchvision has it: one tower, 64 first filters. */
  ALEXNET("alexnet", "AlexNet", 224),
  /** AlexNet of 2012 as Caffe has it: two groups, local response normalisation, Softmax. */
  ALEXNET_CAFFE("alexnet-caffe", "AlexNet (Caffe)", 227),
  /** Zeiler and Fergus's network of 2013. */
  ZFNET("zfnet", "ZFNet", 224),
  VGG_16("vgg16", "VGG16", 224),
  RESNET_18("resnet18", "ResNet-18", 224),
  RESNET_50("resnet50", "ResNet-50", 224),
  /** GoogLeNet with batch normalisation and without auxiliary heads, 3×3 for the paper's 5×5. */
  GOOGLENET("googlenet", "GoogLeNet", 224),
  SQUEEZENET_1_1("squeezenet1.1", "SqueezeNet 1.1", 224),
  MOBILENET_V2("mobilenetv2", "MobileNetV2", 224),
  DENSENET_121("densenet121", "DenseNet-121", 224);

  private final String id;
  private final String title;
  private final int size;

  Nets(String id, String title, int size) {
    this.id = id;
    this.title = title;
    this.size = size;
  }

  /**
   * What can be chosen of a network.
   *
   * @param height the pictures' height
   * @param width the pictures' width
   * @param classes the number of logits
   * @param foldedBatchNorm whether a batch normalisation that follows a convolution is folded into
   *     it, as torch.onnx does by default
   * @param opset the opset, 9 or later
   * @param seed what the weights are drawn from
   */
  public record Options(
      int height, int width, int classes, boolean foldedBatchNorm, int opset, long seed) {
    /** These options for square pictures of another size. */
    public Options size(int side) {
      return new Options(side, side, classes, foldedBatchNorm, opset, seed);
    }

    /** These options with batch normalisations folded or not. */
    public Options foldedBatchNorm(boolean folded) {
      return new Options(height, width, classes, folded, opset, seed);
    }

    /** These options with other weights. */
    public Options seed(long other) {
      return new Options(height, width, classes, foldedBatchNorm, opset, other);
    }
  }

  /**
   * A network that was built.
   *
   * @param model the file to be
   * @param macs multiply-adds for one picture, without biases
   * @param parameters what training would fit: weights, biases, batch norms' scales and shifts
   */
  public record Built(OnnxBuilder model, long macs, long parameters) {}

  /** A word for file names and options, e.g. {@code resnet18}. */
  public String id() {
    return id;
  }

  /** The name for tables, e.g. {@code ResNet-18}. */
  public String title() {
    return title;
  }

  /** The defaults: the size the network was trained at, 1000 classes, opset 13, as exported. */
  public Options options() {
    return new Options(size, size, 1000, true, 13, 1);
  }

  /** The network in memory; its input is {@code input} [N, 3, height, width]. */
  public Built build(Options options) {
    return build(new NetWriter(options, true));
  }

  /** Writes the network to a file, and returns the file. */
  public Path write(Path file, Options options) throws IOException {
    return build(options).model().write(file);
  }

  /** The network of this {@link #id}. */
  public static Nets of(String id) {
    for (Nets n : values()) {
      if (n.id.equals(id.toLowerCase(Locale.ROOT))) {
        return n;
      }
    }
    throw new IllegalArgumentException("no network " + id);
  }

  /** Counts without drawing weights: fast, and the model is not valid. */
  Built count(Options options) {
    return build(new NetWriter(options, false));
  }

  private Built build(NetWriter w) {
    return w.built(
        switch (this) {
          case ALEXNET -> alexnet(w);
          case ALEXNET_CAFFE -> alexnetCaffe(w);
          case ZFNET -> zfnet(w);
          case VGG_16 -> vgg16(w);
          case RESNET_18 -> resnet(w, false, 2, 2, 2, 2);
          case RESNET_50 -> resnet(w, true, 3, 4, 6, 3);
          case GOOGLENET -> googlenet(w);
          case SQUEEZENET_1_1 -> squeezenet(w);
          case MOBILENET_V2 -> mobilenet(w);
          case DENSENET_121 -> densenet(w);
        });
  }

  private static FeatureMap alexnet(NetWriter w) {
    FeatureMap x = w.convRelu("features.0", "features.1", w.input(), 64, Conv2.of(11, 4, 2));
    x = w.maxPool("features.2", x, 3, 2, 0, false);
    x = w.convRelu("features.3", "features.4", x, 192, Conv2.of(5, 1, 2));
    x = w.maxPool("features.5", x, 3, 2, 0, false);
    x = w.convRelu("features.6", "features.7", x, 384, Conv2.of(3, 1, 1));
    x = w.convRelu("features.8", "features.9", x, 256, Conv2.of(3, 1, 1));
    x = w.convRelu("features.10", "features.11", x, 256, Conv2.of(3, 1, 1));
    x = w.maxPool("features.12", x, 3, 2, 0, false);
    x = w.flatten(w.adaptiveAveragePool("avgpool", x, 6));
    x = w.relu("classifier.2", w.gemm("classifier.1", x, 4096));
    x = w.relu("classifier.5", w.gemm("classifier.4", x, 4096));
    return w.gemm("classifier.6", x, w.classes());
  }

  private static FeatureMap alexnetCaffe(NetWriter w) {
    FeatureMap x = w.convRelu("conv1", "relu1", w.input(), 96, Conv2.of(11, 4, 0));
    x = w.maxPool("pool1", w.lrn("norm1", x), 3, 2, 0, false);
    x = w.convRelu("conv2", "relu2", x, 256, Conv2.of(5, 1, 2).groups(2));
    x = w.maxPool("pool2", w.lrn("norm2", x), 3, 2, 0, false);
    x = w.convRelu("conv3", "relu3", x, 384, Conv2.of(3, 1, 1));
    x = w.convRelu("conv4", "relu4", x, 384, Conv2.of(3, 1, 1).groups(2));
    x = w.convRelu("conv5", "relu5", x, 256, Conv2.of(3, 1, 1).groups(2));
    return caffeHead(w, w.maxPool("pool5", x, 3, 2, 0, false));
  }

  private static FeatureMap zfnet(NetWriter w) {
    FeatureMap x = w.convRelu("conv1", "relu1", w.input(), 96, Conv2.of(7, 2, 1));
    x = w.lrn("norm1", w.maxPool("pool1", x, 3, 2, 1, false));
    x = w.convRelu("conv2", "relu2", x, 256, Conv2.of(5, 2, 0));
    x = w.lrn("norm2", w.maxPool("pool2", x, 3, 2, 1, false));
    x = w.convRelu("conv3", "relu3", x, 384, Conv2.of(3, 1, 1));
    x = w.convRelu("conv4", "relu4", x, 384, Conv2.of(3, 1, 1));
    x = w.convRelu("conv5", "relu5", x, 256, Conv2.of(3, 1, 1));
    return caffeHead(w, w.maxPool("pool5", x, 3, 2, 0, false));
  }

  private static FeatureMap caffeHead(NetWriter w, FeatureMap x) {
    FeatureMap y = w.flatten(w.adaptiveAveragePool("pool5a", x, 6));
    y = w.dropout("drop6", w.relu("relu6", w.gemm("fc6", y, 4096)));
    y = w.dropout("drop7", w.relu("relu7", w.gemm("fc7", y, 4096)));
    return w.softmax("prob", w.gemm("fc8", y, w.classes()));
  }

  private static FeatureMap vgg16(NetWriter w) {
    int[] repeats = {2, 2, 3, 3, 3};
    int[] channels = {64, 128, 256, 512, 512};
    FeatureMap x = w.input();
    int n = 0;
    for (int block = 0; block < 5; block++) {
      for (int i = 0; i < repeats[block]; i++) {
        var conv = Conv2.of(3, 1, 1);
        x = w.convRelu("features." + n, "features." + (n + 1), x, channels[block], conv);
        n += 2;
      }
      x = w.maxPool("features." + n++, x, 2, 2, 0, false);
    }
    x = w.flatten(w.adaptiveAveragePool("avgpool", x, 7));
    x = w.relu("classifier.1", w.gemm("classifier.0", x, 4096));
    x = w.relu("classifier.4", w.gemm("classifier.3", x, 4096));
    return w.gemm("classifier.6", x, w.classes());
  }

  private static FeatureMap resnet(NetWriter w, boolean bottleneck, int... repeats) {
    FeatureMap x =
        w.relu("relu", w.convBatchNorm("conv1", "bn1", w.input(), 64, Conv2.of(7, 2, 3)));
    x = w.maxPool("maxpool", x, 3, 2, 1, false);
    for (int stage = 0; stage < repeats.length; stage++) {
      for (int i = 0; i < repeats[stage]; i++) {
        String path = "layer" + (stage + 1) + "." + i + ".";
        int stride = stage > 0 && i == 0 ? 2 : 1;
        x = residual(w, path, x, 64 << stage, stride, bottleneck);
      }
    }
    return w.gemm("fc", w.flatten(w.globalAveragePool("avgpool", x)), w.classes());
  }

  private static FeatureMap residual(
      NetWriter w, String path, FeatureMap x, int width, int stride, boolean bottleneck) {
    int out = bottleneck ? 4 * width : width;
    FeatureMap y;
    if (bottleneck) {
      y = w.convBatchNorm(path + "conv1", path + "bn1", x, width, Conv2.of(1, 1, 0));
      y = w.relu(path + "relu", y);
      y = w.convBatchNorm(path + "conv2", path + "bn2", y, width, Conv2.of(3, stride, 1));
      y = w.relu(path + "relu_1", y);
      y = w.convBatchNorm(path + "conv3", path + "bn3", y, out, Conv2.of(1, 1, 0));
    } else {
      y = w.convBatchNorm(path + "conv1", path + "bn1", x, width, Conv2.of(3, stride, 1));
      y = w.relu(path + "relu", y);
      y = w.convBatchNorm(path + "conv2", path + "bn2", y, out, Conv2.of(3, 1, 1));
    }
    FeatureMap shortcut = x;
    if (stride != 1 || x.channels() != out) {
      String down = path + "downsample.";
      shortcut = w.convBatchNorm(down + "0", down + "1", x, out, Conv2.of(1, stride, 0));
    }
    String last = path + (bottleneck ? "relu_2" : "relu_1");
    return w.relu(last, w.add(path, y, shortcut));
  }

  private static FeatureMap googlenet(NetWriter w) {
    FeatureMap x = w.basicConv("conv1", w.input(), 64, Conv2.of(7, 2, 3));
    x = w.maxPool("maxpool1", x, 3, 2, 0, true);
    x = w.basicConv("conv2", x, 64, Conv2.of(1, 1, 0));
    x = w.basicConv("conv3", x, 192, Conv2.of(3, 1, 1));
    x = w.maxPool("maxpool2", x, 3, 2, 0, true);
    x = inception(w, "inception3a.", x, 64, 96, 128, 16, 32, 32);
    x = inception(w, "inception3b.", x, 128, 128, 192, 32, 96, 64);
    x = w.maxPool("maxpool3", x, 3, 2, 0, true);
    x = inception(w, "inception4a.", x, 192, 96, 208, 16, 48, 64);
    x = inception(w, "inception4b.", x, 160, 112, 224, 24, 64, 64);
    x = inception(w, "inception4c.", x, 128, 128, 256, 24, 64, 64);
    x = inception(w, "inception4d.", x, 112, 144, 288, 32, 64, 64);
    x = inception(w, "inception4e.", x, 256, 160, 320, 32, 128, 128);
    x = w.maxPool("maxpool4", x, 2, 2, 0, true);
    x = inception(w, "inception5a.", x, 256, 160, 320, 32, 128, 128);
    x = inception(w, "inception5b.", x, 384, 192, 384, 48, 128, 128);
    return w.gemm("fc", w.flatten(w.globalAveragePool("avgpool", x)), w.classes());
  }

  /** Widths in the paper's order: 1×1; 3×3 reduced, 3×3; 5×5 reduced, 5×5; pool projected. */
  private static FeatureMap inception(NetWriter w, String path, FeatureMap x, int... widths) {
    var one = Conv2.of(1, 1, 0);
    var three = Conv2.of(3, 1, 1);
    FeatureMap a = w.basicConv(path + "branch1", x, widths[0], one);
    FeatureMap b = w.basicConv(path + "branch2.0", x, widths[1], one);
    b = w.basicConv(path + "branch2.1", b, widths[2], three);
    FeatureMap c = w.basicConv(path + "branch3.0", x, widths[3], one);
    c = w.basicConv(path + "branch3.1", c, widths[4], three);
    FeatureMap d = w.maxPool(path + "branch4.0", x, 3, 1, 1, true);
    d = w.basicConv(path + "branch4.1", d, widths[5], one);
    return w.concat(path, List.of(a, b, c, d));
  }

  private static FeatureMap squeezenet(NetWriter w) {
    FeatureMap x = w.convRelu("features.0", "features.1", w.input(), 64, Conv2.of(3, 2, 0));
    x = w.maxPool("features.2", x, 3, 2, 0, true);
    x = fire(w, "features.4.", fire(w, "features.3.", x, 16), 16);
    x = w.maxPool("features.5", x, 3, 2, 0, true);
    x = fire(w, "features.7.", fire(w, "features.6.", x, 32), 32);
    x = w.maxPool("features.8", x, 3, 2, 0, true);
    x = fire(w, "features.10.", fire(w, "features.9.", x, 48), 48);
    x = fire(w, "features.12.", fire(w, "features.11.", x, 64), 64);
    x = w.convRelu("classifier.1", "classifier.2", x, w.classes(), Conv2.of(1, 1, 0));
    return w.flatten(w.globalAveragePool("classifier.3", x));
  }

  private static FeatureMap fire(NetWriter w, String path, FeatureMap x, int squeeze) {
    var one = Conv2.of(1, 1, 0);
    FeatureMap s = w.convRelu(path + "squeeze", path + "squeeze_activation", x, squeeze, one);
    int expand = 4 * squeeze;
    FeatureMap a = w.convRelu(path + "expand1x1", path + "expand1x1_activation", s, expand, one);
    var three = Conv2.of(3, 1, 1);
    FeatureMap b = w.convRelu(path + "expand3x3", path + "expand3x3_activation", s, expand, three);
    return w.concat(path, List.of(a, b));
  }

  private static FeatureMap mobilenet(NetWriter w) {
    // Expansion, channels, repeats, stride: table 2 of the paper.
    int[][] rows = {
      {1, 16, 1, 1},
      {6, 24, 2, 2},
      {6, 32, 3, 2},
      {6, 64, 4, 2},
      {6, 96, 3, 1},
      {6, 160, 3, 2},
      {6, 320, 1, 1}
    };
    FeatureMap x = w.convBatchNormRelu6("features.0", w.input(), 32, Conv2.of(3, 2, 1));
    int n = 1;
    for (int[] row : rows) {
      for (int i = 0; i < row[2]; i++) {
        x = invertedResidual(w, "features." + n++ + ".", x, row[0], row[1], i == 0 ? row[3] : 1);
      }
    }
    x = w.convBatchNormRelu6("features.18", x, 1280, Conv2.of(1, 1, 0));
    return w.gemm("classifier.1", w.flatten(w.globalAveragePool("", x)), w.classes());
  }

  private static FeatureMap invertedResidual(
      NetWriter w, String path, FeatureMap x, int expansion, int channels, int stride) {
    int hidden = x.channels() * expansion;
    String conv = path + "conv.";
    FeatureMap y = x;
    int n = 0;
    if (expansion != 1) {
      y = w.convBatchNormRelu6(conv + n++, y, hidden, Conv2.of(1, 1, 0));
    }
    var depthwise = Conv2.of(3, stride, 1).groups(hidden);
    y = w.convBatchNormRelu6(conv + n++, y, hidden, depthwise);
    y = w.convBatchNorm(conv + n, conv + (n + 1), y, channels, Conv2.of(1, 1, 0));
    return stride == 1 && x.channels() == channels ? w.add(path, x, y) : y;
  }

  private static FeatureMap densenet(NetWriter w) {
    String f = "features.";
    FeatureMap x = w.convBatchNorm(f + "conv0", f + "norm0", w.input(), 64, Conv2.of(7, 2, 3));
    x = w.maxPool(f + "pool0", w.relu(f + "relu0", x), 3, 2, 1, false);
    int[] repeats = {6, 12, 24, 16};
    for (int block = 1; block <= 4; block++) {
      x = denseBlock(w, f + "denseblock" + block + ".", x, repeats[block - 1]);
      if (block < 4) {
        String t = f + "transition" + block + ".";
        x = w.relu(t + "relu", w.batchNorm(t + "norm", x));
        x = w.conv(t + "conv", x, x.channels() / 2, Conv2.of(1, 1, 0).withoutBias());
        x = w.averagePool(t + "pool", x, 2, 2);
      }
    }
    x = w.relu("", w.batchNorm(f + "norm5", x));
    return w.gemm("classifier", w.flatten(w.globalAveragePool("", x)), w.classes());
  }

  private static FeatureMap denseBlock(NetWriter w, String path, FeatureMap x, int layers) {
    List<FeatureMap> all = new ArrayList<>(List.of(x));
    for (int i = 1; i <= layers; i++) {
      String p = path + "denselayer" + i + ".";
      FeatureMap y = w.concat(p, all);
      y = w.relu(p + "relu1", w.batchNorm(p + "norm1", y));
      y = w.convBatchNorm(p + "conv1", p + "norm2", y, 128, Conv2.of(1, 1, 0));
      y = w.relu(p + "relu2", y);
      all.add(w.conv(p + "conv2", y, 32, Conv2.of(3, 1, 1).withoutBias()));
    }
    return w.concat(path, all);
  }

  /**
   * A map while a network is written.
   *
   * @param name the value's name
   * @param height its height; 1 for a vector
   * @param width its width; 1 for a vector
   * @param mean the mean of its elements, roughly
   * @param power the mean of their squares, roughly: what batch norms' variances follow
   */
  record FeatureMap(String name, int channels, int height, int width, double mean, double power) {}

  /** A square convolution. */
  record Conv2(int kernel, int stride, int pad, int groups, boolean bias) {
    static Conv2 of(int kernel, int stride, int pad) {
      return new Conv2(kernel, stride, pad, 1, true);
    }

    Conv2 groups(int n) {
      return new Conv2(kernel, stride, pad, n, bias);
    }

    Conv2 withoutBias() {
      return new Conv2(kernel, stride, pad, groups, false);
    }

    int extent(int length) {
      return (length + 2 * pad - kernel) / stride + 1;
    }
  }
}
