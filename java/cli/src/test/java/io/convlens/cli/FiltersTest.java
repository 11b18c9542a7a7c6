package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.onnx.OnnxProto.ModelProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.image.Picture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The command {@code filters}: its files and figures. */
final class FiltersTest {
  @TempDir Path folder;
  private Workplace work;
  private final float[] first = numbers(16 * 3 * 25, 1);
  private final float[] second = numbers(8 * 8 * 9, 2);
  private final float[] scale = numbers(16, 3);

  @BeforeEach
  void files() throws IOException {
    for (int i = 0; i < 75; i++) {
      first[14 * 75 + i] *= 1e-4f;
      first[15 * 75 + i] = first[2 * 75 + i] * 1.01f;
    }
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 12, 12);
    String conv = b.node("Conv", x, b.floats(new long[] {16, 3, 5, 5}, first)).named("first").out();
    float[] zero = new float[16];
    float[] one = new float[16];
    Arrays.fill(one, 1);
    String norm =
        b.node(
                "BatchNormalization",
                conv,
                b.floats(new long[] {16}, scale),
                b.floats(new long[] {16}, zero),
                b.floats(new long[] {16}, zero),
                b.floats(new long[] {16}, one))
            .f("epsilon", 0)
            .out();
    String relu = b.node("Relu", norm).named("open").out();
    String grouped =
        b.node("Conv", relu, b.floats(new long[] {8, 8, 3, 3}, second))
            .i("group", 2)
            .named("scope/second")
            .out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", grouped).out()).out());
    work = Workplace.of(folder, b.write(folder.resolve("net.onnx")));
  }

  private static float[] numbers(int count, int seed) {
    float[] numbers = new float[count];
    var random = new Random(seed);
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @Test
  void theFirstConvolutionByDefault() throws IOException {
    work.good("filters");
    assertArrayEquals(first, work.numbers("first-filters.npy", 16, 3, 5, 5));
    JsonNode layer = work.json("filters.json").at("/layers/0");
    assertEquals("first", layer.get("layer").asString());
    assertEquals("[16,3,5,5]", layer.get("shape").toString());
    assertEquals(16, layer.get("filters").size());
    assertTrue(layer.at("/filters/3/smoothness").isNumber());
    assertTrue(layer.at("/filters/3/noise").isNumber());
    assertEquals("[14]", layer.get("nearZero").toString());
    assertEquals("[[2,15]]", layer.get("nearDuplicates").toString());
    assertTrue(layer.get("verdict").asString().startsWith("noisy: "));
    Picture sheet = Picture.read(work.out().resolve("first-filters.png"));
    assertTrue(sheet.width() > 300);
  }

  @Test
  void groupsFoldingAndNames() throws IOException {
    work.good("filters", "--layer", "conv#1", "--layer", "scope/second", "--folded", "--bgr");
    float[] folded = work.numbers("conv#1-filters.npy", 16, 3, 5, 5);
    for (int i = 0; i < folded.length; i++) {
      assertEquals(first[i] * scale[i / 75], folded[i], 1e-5f * Math.abs(first[i]));
    }
    assertArrayEquals(second, work.numbers("scope_second-filters.npy", 8, 8, 3, 3));
    assertEquals(2, work.json("filters.json").at("/layers/1/groups").asInt());
    assertTrue(Files.exists(work.out().resolve("scope_second-filters.png")));
  }

  /** The built-in network's first filters, and those of the same network before any training. */
  @Test
  void trainedIsSmoothAndUntrainedIsNoisy() throws IOException {
    DemoMaterial.read().unpack(folder);
    Path trained = folder.resolve(DemoMaterial.MODEL);
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(trained));
    var untrained = model.toBuilder();
    var random = new Random(6);
    for (TensorProto.Builder tensor : untrained.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getDimsCount() == 4) {
        int count = Math.toIntExact(tensor.getDimsList().stream().reduce(1L, (a, b) -> a * b));
        ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
          bytes.putFloat((float) (0.1 * random.nextGaussian()));
        }
        tensor.clearFloatData().setRawData(ByteString.copyFrom(bytes.flip()));
      }
    }
    Path before = Files.write(folder.resolve("untrained.onnx"), untrained.build().toByteArray());
    assertTrue(verdict(trained).startsWith("smooth: "), verdict(trained));
    assertTrue(verdict(before).startsWith("noisy: "), verdict(before));
  }

  private String verdict(Path network) throws IOException {
    Workplace one = new Workplace(folder, network, folder.resolve("verdict"));
    one.good("filters");
    return one.json("filters.json").at("/layers/0/verdict").asString();
  }

  @Test
  void howItFails() {
    work.run("filters", "--layer", "open").assertFailed(2, "no convolution");
    work.run("filters", "--layer", "frist").assertFailed(2, "first");
    work.run("filters", "--drawn", "0").assertFailed(2, "--drawn");
  }
}
