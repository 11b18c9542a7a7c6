package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SqueezeNet's attributions for three pictures against PyTorch's. The numbers were made by {@code
 * src/test/python/saliency_reference.py}, which says how.
 */
final class SaliencyAgainstTorchTest {
  private static final List<String> PICTURES =
      List.of("chelsea.png", "astronaut.png", "coffee.png");
  private static final int SIDE = 224;
  private static final int STRIDE = 16;
  private static final float[] MEAN = {103.939f, 116.779f, 123.68f};

  /** Of a picture's largest share: float32 in other orders, where a unit may just be open. */
  private static final double TOLERANCE = 2e-3;

  @TempDir Path folder;

  @Test
  void sharesAgree() throws IOException {
    Path model = Shared.need("models/squeezenet1.1/squeezenet_fp32.onnx");
    Workplace work = Workplace.of(folder, model);
    float[] pixels = new float[PICTURES.size() * 3 * SIDE * SIDE];
    for (int i = 0; i < PICTURES.size(); i++) {
      crop(Picture.read(Shared.need("images/" + PICTURES.get(i))), pixels, i);
    }
    Path input = work.array("x.npy", pixels, PICTURES.size(), 3, SIDE, SIDE);
    for (String method :
        List.of("gradient", "guided-backprop", "deconvnet", "integrated-gradients")) {
      Workplace to = work.to(method);
      to.good("saliency", "--input", input, "--method", method, "--steps", 8);
      float[] all = to.numbers("attribution.npy", PICTURES.size(), 3, SIDE, SIDE);
      compare(method, all, SIDE, STRIDE);
      assertEquals("[285,", to.json("saliency.json").get("target").toString().substring(0, 5));
    }
    Workplace cam = work.to("cam");
    cam.good("saliency", "--input", input, "--method", "grad-cam", "--layer", "fire9/concat_1");
    compare("grad-cam", cam.numbers("attribution.npy", PICTURES.size(), 1, 13, 13), 13, 1);
  }

  /** The middle of the picture, BGR, the mean taken off. */
  private static void crop(Picture picture, float[] to, int index) {
    int top = (picture.height() - SIDE) / 2;
    int left = (picture.width() - SIDE) / 2;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int rgb = picture.rgb(left + x, top + y);
        for (int c = 0; c < 3; c++) {
          to[((index * 3 + c) * SIDE + y) * SIDE + x] = ((rgb >> (8 * c)) & 0xff) - MEAN[c];
        }
      }
    }
  }

  private void compare(String method, float[] all, int side, int stride) throws IOException {
    float[] expected = reference(method);
    int kept = (side + stride - 1) / stride;
    int each = expected.length / PICTURES.size();
    for (int picture = 0; picture < PICTURES.size(); picture++) {
      double largest = 0;
      double worst = 0;
      for (int i = picture * each; i < (picture + 1) * each; i++) {
        int plane = i / (kept * kept);
        int y = i / kept % kept * stride;
        int x = i % kept * stride;
        largest = Math.max(largest, Math.abs(expected[i]));
        worst = Math.max(worst, Math.abs(expected[i] - all[(plane * side + y) * side + x]));
      }
      assertTrue(
          worst <= TOLERANCE * largest,
          "%s of %s: off by %s of %s".formatted(method, PICTURES.get(picture), worst, largest));
    }
  }

  private float[] reference(String method) throws IOException {
    Path file = folder.resolve("reference.npy");
    try (InputStream in = getClass().getResourceAsStream("squeezenet-" + method + ".npy")) {
      Files.write(file, in.readAllBytes());
    }
    try (Tensor t = Npy.read(file)) {
      return t.toArray();
    }
  }
}
