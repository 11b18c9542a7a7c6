package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Attributions of SqueezeNet and MobileNet for three pictures against PyTorch's. The numbers were
 * made by {@code src/test/python/attribution_reference.py}, which says how.
 */
final class AttributionAgainstTorchTest {
  private static final List<String> PICTURES =
      List.of("chelsea.png", "astronaut.png", "coffee.png");
  private static final int SIDE = 224;
  private static final int STRIDE = 28;

  /** Of a picture's largest share: what nearly all elements keep to. */
  private static final double TOLERANCE = 2e-3;

  /**
   * What the others keep to, and how many they may be: where a unit may just be open, and where
   * methods divide by what is nearly 0, PyTorch's own float32 is up to 0.028 off its double.
   */
  private static final double TOLERANCE_OF_FEW = 5e-2;

  private static final double FEW = 0.05;

  @TempDir Path folder;

  /**
   * A network of the script.
   *
   * @param caffe whether it takes BGR less the mean, else −1..1
   */
  private record Net(
      String name,
      String file,
      boolean caffe,
      String late,
      String early,
      String unitLayer,
      int unit) {}

  private static final Net SQUEEZENET =
      new Net(
          "squeezenet",
          "squeezenet1.1/squeezenet_fp32.onnx",
          true,
          "fire9/concat_1",
          "fire2/squeeze1x1_2",
          "fire5/concat_1",
          7);
  private static final Net MOBILENET =
      new Net(
          "mobilenet",
          "mobilenet-v1-0.25/mnv1_025_224.onnx",
          false,
          "conv_2d_27_act",
          "conv_2d_3_act",
          "conv_2d_15_act",
          3);

  @Test
  void squeezenet() throws IOException {
    compareAll(SQUEEZENET);
  }

  @Test
  void mobilenet() throws IOException {
    compareAll(MOBILENET);
  }

  private void compareAll(Net net) throws IOException {
    Path model = Shared.need("models/" + net.file);
    Workplace work = Workplace.of(folder, model);
    float[] pixels = new float[PICTURES.size() * 3 * SIDE * SIDE];
    for (int i = 0; i < PICTURES.size(); i++) {
      crop(net, Picture.read(Shared.need("images/" + PICTURES.get(i))), pixels, i);
    }
    Path input = work.array("x.npy", pixels, PICTURES.size(), 3, SIDE, SIDE);
    ofInput(net, work, input, "gradient", "gradient");
    ofInput(net, work, input, "input-x-gradient", "input-x-gradient");
    ofInput(net, work, input, "guided-backprop", "guided-backprop");
    ofInput(net, work, input, "deconvnet", "deconvnet");
    for (String noisy : List.of("smoothgrad", "vargrad")) {
      ofInput(net, work, input, noisy, noisy, List.of("--samples", 5, "--seed", 3));
    }
    for (String cam : List.of("grad-cam", "grad-cam++", "layer-cam", "guided-grad-cam")) {
      ofInput(net, work, input, cam, cam, List.of("--layer", net.late));
    }
    ofInput(net, work, input, "deeplift", "deeplift");
    ofInput(net, work, input, "lrp-epsilon", "lrp-epsilon");
    ofInput(
        net,
        work,
        input,
        "expected-gradients",
        "expected-gradients",
        List.of("--baseline", input, "--samples", 5, "--seed", 3));
    ofInput(
        net,
        work,
        input,
        "integrated-gradients-blur",
        "integrated-gradients",
        List.of("--baseline", "blur:4", "--steps", 8));
    ofInput(
        net,
        work,
        input,
        "neuron-gradient",
        "gradient",
        List.of("--layer", net.unitLayer, "--unit", net.unit));
    compare(net, "score-cam", run(work, input, "score-cam", List.of("--layer", net.early)));
    Values conductance =
        run(work, input, "conductance", List.of("--layer", net.late, "--steps", 8));
    compare(net, "conductance", conductance.overChannels());
    List<Object> middle = List.of("--layer", net.unitLayer);
    compare(net, "layer-deeplift", run(work, input, "deeplift", middle).overChannels());
    compare(net, "layer-lrp", run(work, input, "lrp-epsilon", middle).overChannels());
    Values gradient = run(work, input, "gradient", List.of("--layer", net.late));
    compare(net, "layer-gradient", gradient.overPlaces());
  }

  private void ofInput(Net net, Workplace work, Path input, String name, String method)
      throws IOException {
    ofInput(net, work, input, name, method, List.of());
  }

  private void ofInput(
      Net net, Workplace work, Path input, String name, String method, List<Object> args)
      throws IOException {
    compare(net, name, run(work, input, method, args));
  }

  private static Values run(Workplace work, Path input, String method, List<Object> args)
      throws IOException {
    List<Object> all = new ArrayList<>(List.of("--input", input, "--method", method));
    all.addAll(args);
    work.good("saliency", all.toArray());
    checkGaps(method, work.json("saliency.json"));
    try (Tensor t = Npy.read(work.out().resolve("attribution.npy"))) {
      return new Values(t.shape(), t.toArray());
    }
  }

  /** DeepLIFT's shares add up. */
  private static void checkGaps(String method, JsonNode json) {
    for (int i = 0; method.equals("deeplift") && i < PICTURES.size(); i++) {
      double difference = json.at("/difference/" + i).asDouble();
      assertEquals(0, json.at("/completenessGap/" + i).asDouble(), 2e-3 * Math.abs(difference));
    }
  }

  /** An array {@code [N,C,H,W]}. */
  @SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
  private record Values(Shape shape, float[] all) {
    float at(int n, int c, int y, int x) {
      long i = ((n * shape.dim(1) + c) * shape.dim(2) + y) * shape.dim(3) + x;
      return all[(int) i];
    }

    Values overChannels() {
      Shape s = shape.with(1, 1);
      float[] sums = new float[(int) s.size()];
      int places = (int) (shape.dim(2) * shape.dim(3));
      for (int i = 0; i < all.length; i++) {
        sums[i / places / shape.intDim(1) * places + i % places] += all[i];
      }
      return new Values(s, sums);
    }

    Values overPlaces() {
      int places = (int) (shape.dim(2) * shape.dim(3));
      float[] means = new float[all.length / places];
      for (int i = 0; i < all.length; i++) {
        means[i / places] += all[i] / places;
      }
      return new Values(shape.with(2, 1).with(3, 1), means);
    }
  }

  /** The middle of the picture, as the network takes it. */
  private static void crop(Net net, Picture picture, float[] to, int index) {
    float[] mean = {103.939f, 116.779f, 123.68f};
    int top = (picture.height() - SIDE) / 2;
    int left = (picture.width() - SIDE) / 2;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int rgb = picture.rgb(left + x, top + y);
        for (int c = 0; c < 3; c++) {
          int level = (rgb >> (8 * (net.caffe ? c : 2 - c))) & 0xff;
          float value = net.caffe ? level - mean[c] : level / 127.5f - 1;
          to[((index * 3 + c) * SIDE + y) * SIDE + x] = value;
        }
      }
    }
  }

  private void compare(Net net, String method, Values got) throws IOException {
    Values expected = reference(net.name + "-of-" + method);
    int step = got.shape.intDim(3) == SIDE ? STRIDE : Math.max(1, got.shape.intDim(3) / 14);
    for (int n = 0; n < PICTURES.size(); n++) {
      int each = expected.all.length / PICTURES.size();
      double[] off = new double[each];
      double largest = 0;
      for (int i = 0; i < each; i++) {
        int x = i % expected.shape.intDim(3);
        int y = i / expected.shape.intDim(3) % expected.shape.intDim(2);
        int c = i / expected.shape.intDim(3) / expected.shape.intDim(2);
        double e = expected.at(n, c, y, x);
        largest = Math.max(largest, Math.abs(e));
        off[i] = Math.abs(e - got.at(n, c, y * step, x * step));
      }
      Arrays.sort(off);
      double most = off[each - 1 - (int) (FEW * each)];
      double worst = off[each - 1];
      assertTrue(
          most <= TOLERANCE * largest && worst <= TOLERANCE_OF_FEW * largest,
          "%s of %s, %s: off by %s and %s of %s"
              .formatted(method, net.name, PICTURES.get(n), most, worst, largest));
    }
  }

  private Values reference(String name) throws IOException {
    Path file = folder.resolve("reference.npy");
    try (InputStream in = getClass().getResourceAsStream(name + ".npy")) {
      Files.write(file, in.readAllBytes());
    }
    try (Tensor t = Npy.read(file)) {
      return new Values(t.shape(), t.toArray());
    }
  }
}
