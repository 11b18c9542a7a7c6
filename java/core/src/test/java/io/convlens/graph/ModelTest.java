package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.GraphReference.Array;
import io.convlens.graph.OnnxBuilder.ElementType;
import io.convlens.graph.OnnxBuilder.Encoding;
import io.convlens.graph.OnnxBuilder.Placement;
import io.convlens.graph.onnx.OnnxProto.StringStringEntryProto;
import io.convlens.graph.onnx.OnnxProto.TensorProto;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading models: where weights may be, what is refused and how, batches, layers. */
final class ModelTest {
  @TempDir private Path folder;

  private Path write(OnnxBuilder b) throws IOException {
    return b.write(folder.resolve("m.onnx"));
  }

  private String refusal(OnnxBuilder b, long... dims) throws IOException {
    Path file = write(b);
    var e =
        assertThrows(
            UnusableInputException.class,
            () -> {
              try (Model m = Model.read(file)) {
                m.graph(dims);
              }
            });
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith(file + ": "), message);
    return message.substring(file.toString().length() + 2);
  }

  /** The first output for an input of 1, 2, 3, …. */
  private double[] answer(OnnxBuilder b, long... dims) throws IOException {
    try (Model m = Model.read(write(b))) {
      Graph g = m.graph(dims);
      Array x = Array.zeros(Shape.of(dims));
      Arrays.setAll(x.data(), i -> i + 1);
      return GraphReference.run(g, x).get(g.outputs().getFirst()).data();
    }
  }

  // Where weights may be.

  @Test
  void constantsInEveryPlaceTypeAndEncoding() throws IOException {
    for (Placement place : Placement.values()) {
      for (ElementType type :
          new ElementType[] {
            ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.DOUBLE
          }) {
        for (Encoding encoding : Encoding.values()) {
          var b = new OnnxBuilder(13).placement(place);
          String x = b.input("x", -1, 2, 1, 1);
          String w =
              b.constant(OnnxBuilder.tensor(type, encoding, new long[] {1, 2, 1, 1}, .5, -2));
          b.output(b.node("Conv", x, w).out());
          assertArrayEquals(
              new double[] {.5 - 4}, answer(b, 1, 2, 1, 1), place + " " + type + " " + encoding);
        }
      }
    }
  }

  @Test
  void everyFormOfConstantNode() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", 1, 4);
    String scale = b.node("Constant").f("value_float", 2).out();
    String shift = b.node("Constant").floats("value_floats", 1, 2, 3, 4).out();
    String axis = b.node("Constant").i("value_int", 1).out();
    String shape = b.node("Constant").ints("value_ints", 1, 2, 2).out();
    String sum = b.node("Add", b.node("Mul", x, scale).out(), shift).out();
    String cube = b.node("Reshape", sum, shape).out();
    b.output(b.node("Gather", cube, axis).i("axis", 2).out());
    assertArrayEquals(new double[] {6, 12}, answer(b, 1, 4));
  }

  private OnnxBuilder withExternal(String location, String offset, String length) {
    var b = new OnnxBuilder(13);
    String x = b.input("x", 1, 2, 1, 1);
    var t =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(1)
            .addAllDims(java.util.List.of(1L, 2L, 1L, 1L))
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", location))
            .addExternalData(entry("offset", offset))
            .addExternalData(entry("length", length));
    b.graph().addInitializer(t);
    b.output(b.node("Conv", x, "w").out());
    return b;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  @Test
  void externalDataBesideTheModel() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(13).order(ByteOrder.LITTLE_ENDIAN);
    // At an odd offset: a view of the file must not mind.
    bytes.putFloat(5, 3).putFloat(9, 4);
    Files.createDirectories(folder.resolve("data"));
    Files.write(folder.resolve("data/w.bin"), bytes.array());
    assertArrayEquals(new double[] {11}, answer(withExternal("data/w.bin", "5", "8"), 1, 2, 1, 1));
    for (String[] wrong :
        new String[][] {
          {"6", "8"},
          {"-1", "8"},
          {"5", "4"},
          {"5", "12"},
          {"x", "8"},
          {"0", "-8"},
          {"9223372036854775807", "8"}
        }) {
      String message = refusal(withExternal("data/w.bin", wrong[0], wrong[1]), 1, 2, 1, 1);
      assertTrue(message.startsWith("tensor \"w\" "), message);
    }
  }

  @Test
  void externalDataElsewhereIsNotRead() throws IOException {
    Path outside = folder.resolve("outside.bin");
    Files.write(outside, new byte[8]);
    Path inside = Files.createDirectories(folder.resolve("inside"));
    Files.createSymbolicLink(inside.resolve("link.bin"), outside);
    Files.createSymbolicLink(inside.resolve("up"), folder);
    for (String location :
        new String[] {
          "../outside.bin",
          outside.toString(),
          "link.bin",
          "up/outside.bin",
          "",
          ".",
          "a/../../outside.bin",
          "missing.bin",
          "nul\0byte"
        }) {
      Path file = withExternal(location, "0", "8").write(inside.resolve("m.onnx"));
      var e = assertThrows(UnusableInputException.class, () -> Model.read(file), location);
      String message = String.valueOf(e.getMessage());
      assertTrue(message.contains("tensor \"w\" is in "), message);
    }
  }

  // What is refused, and how.

  @Test
  void refusalsNameOperatorAndNode() throws IOException {
    var lstm = new OnnxBuilder(13);
    lstm.output(lstm.node("LSTM", lstm.input("x", 1, 4)).named("lstm_1").out());
    assertEquals("operator LSTM (node \"lstm_1\") is not supported", refusal(lstm, 1, 4));

    var foreign = new OnnxBuilder(13);
    foreign.output(
        foreign
            .node("FusedConv", foreign.input("x", 1, 4))
            .domain("com.microsoft")
            .named("f")
            .out());
    assertEquals(
        "operator FusedConv (node \"f\") of domain com.microsoft is not supported",
        refusal(foreign, 1, 4));

    var indices = new OnnxBuilder(13);
    var both =
        indices
            .node("MaxPool", indices.input("x", 1, 1, 4, 4))
            .ints("kernel_shape", 2, 2)
            .named("p")
            .outs(2);
    indices.output(both.get(0)).output(both.get(1));
    assertEquals(
        "operator MaxPool (node \"p\") gives \"" + both.get(1) + "\", which is not supported",
        refusal(indices, 1, 1, 4, 4));
  }

  @Test
  void deadNodesMayBeAnything() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", 1, 2);
    b.node("LSTM", x).out();
    b.output(b.node("Neg", x).out());
    assertArrayEquals(new double[] {-1, -2}, answer(b, 1, 2));
  }

  @Test
  void brokenGraphs() throws IOException {
    var cycle = new OnnxBuilder(13);
    cycle.input("x", 1, 2);
    cycle.node("Add", "x", "b").named("one").out("a");
    cycle.node("Neg", "a").named("two").out("b");
    cycle.output("a");
    assertEquals("operator Add (node \"one\") depends on itself", refusal(cycle, 1, 2));

    var missing = new OnnxBuilder(13);
    missing.input("x", 1, 2);
    missing.output(missing.node("Add", "x", "ghost").named("n").out());
    assertEquals(
        "operator Add (node \"n\") reads \"ghost\", which nothing makes", refusal(missing, 1, 2));

    var twice = new OnnxBuilder(13);
    twice.input("x", 1, 2);
    twice.node("Neg", "x").out("y");
    twice.node("Abs", "x").out("y");
    twice.output("y");
    assertEquals("\"y\" is made twice", refusal(twice, 1, 2));

    var wrong = new OnnxBuilder(13);
    wrong.output(wrong.node("Softmax", wrong.input("x", 1, 2)).s("axis", "one").named("s").out());
    assertEquals(
        "operator Softmax (node \"s\") has attribute axis of type STRING instead of INT",
        refusal(wrong, 1, 2));

    var whole = new OnnxBuilder(13);
    whole.input("x", ElementType.INT64, java.util.List.of("1", "2"));
    whole.output(whole.node("Neg", "x").out());
    assertEquals("input \"x\" does not take floating-point numbers", refusal(whole, 1, 2));
  }

  @Test
  void opsetsAndOtherFiles() throws IOException {
    for (int opset : new int[] {0, 23}) {
      var b = new OnnxBuilder(opset);
      b.output(b.node("Neg", b.input("x", 1, 2)).out());
      assertEquals("is of opset " + opset + "; 1 to 22 are supported", refusal(b, 1, 2));
    }
    Path text = folder.resolve("text.onnx");
    Files.writeString(text, "not a model at all");
    Path empty = Files.createFile(folder.resolve("empty.onnx"));
    for (Path file : new Path[] {text, empty, folder, folder.resolve("absent.onnx")}) {
      assertThrows(UnusableInputException.class, () -> Model.read(file), file.toString());
    }
  }

  // Old rules.

  @Test
  void beforeOpsetSevenAnAxisSaysHowShapesLineUp() throws IOException {
    for (String axis : new String[] {"1", ""}) {
      var b = new OnnxBuilder(6);
      String x = b.input("x", 1, 2, 2);
      var add = b.node("Add", x, b.floats(new long[] {2}, 10, 20)).i("broadcast", 1);
      b.output(axis.isEmpty() ? add.out() : add.i("axis", 1).out());
      assertArrayEquals(
          axis.isEmpty() ? new double[] {11, 22, 13, 24} : new double[] {11, 12, 23, 24},
          answer(b, 1, 2, 2));
    }
    var silent = new OnnxBuilder(6);
    String x = silent.input("x", 1, 2, 2);
    silent.output(silent.node("Mul", x, silent.floats(new long[] {2}, 10, 20)).named("m").out());
    assertEquals(
        "operator Mul (node \"m\") has inputs of shapes [1,2,2] and [2] without broadcast",
        refusal(silent, 1, 2, 2));
  }

  @Test
  void softmaxOfOldRunsOverAllThatFollows() throws IOException {
    for (int opset : new int[] {12, 13}) {
      var b = new OnnxBuilder(opset);
      String x = b.input("x", 1, 2, 2);
      b.output(b.node("Softmax", x).i("axis", 1).out());
      double sum = Arrays.stream(answer(b, 1, 2, 2)).sum();
      assertEquals(opset < 13 ? 1 : 2, sum, 1e-12);
    }
  }

  // Batches.

  @Test
  void aFixedBatchOfOneRunsWithAny() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", 1, 2, 3, 3);
    String pool = b.node("GlobalAveragePool", x).out();
    b.output(b.node("Reshape", pool, b.int64s(1, 2)).out());
    try (Model m = Model.read(write(b))) {
      Graph g = m.graph(8, 2, 3, 3);
      assertTrue(g.batchable());
      assertEquals(1, g.baseBatch());
      Array x2 = Array.zeros(Shape.of(2, 2, 3, 3));
      Arrays.setAll(x2.data(), i -> Math.floorDiv(i, 9));
      assertArrayEquals(
          new double[] {0, 1, 2, 3}, GraphReference.run(g, x2).get(g.outputs().getFirst()).data());
    }
  }

  @Test
  void constantsWithAnEntryAPictureHoldTheBatch() throws IOException {
    for (String op : new String[] {"Add", "MatMul", "Concat", "PRelu"}) {
      var b = new OnnxBuilder(13);
      String x = b.input("x", 3, 2, 2);
      String c = b.floats(new long[] {3, 2, 2}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
      var node = b.node(op, x, c);
      b.output(op.equals("Concat") ? node.i("axis", 1).out() : node.out());
      try (Model m = Model.read(write(b))) {
        Graph g = m.graph(3, 2, 2);
        assertFalse(g.batchable(), op);
        assertEquals(3, g.baseBatch());
      }
    }
  }

  @Test
  void aSecondSizeCostsNoSecondCopyOfTheWeights() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, -1, -1);
    String four = b.floats(new long[] {2}, 1, 2);
    String norm = b.node("BatchNormalization", x, four, four, four, four).out();
    String mean = b.node("ReduceMean", norm).ints("axes", 2, 3).i("keepdims", 0).out();
    String w = b.node("Transpose", b.floats(new long[] {3, 2}, 1, 2, 3, 4, 5, 6)).out();
    b.output(b.node("MatMul", mean, w).out());
    try (Model m = Model.read(write(b))) {
      m.graph(1, 2, 4, 4);
      long live = Tensor.live();
      m.graph(1, 2, 5, 7);
      assertEquals(live, Tensor.live());
    }
  }

  // Layers.

  @Test
  void parametersAreWhatWasLearned() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, 4, 4);
    String turned = b.node("Transpose", b.floats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6)).out();
    String w = b.node("Reshape", turned, b.int64s(3, 2, 1, 1)).out();
    String conv = b.node("Conv", x, w, b.floats(new long[] {3}, 1, 2, 3)).named("conv").out();
    String six = b.node("Clip", conv, b.scalar(0), b.scalar(6)).named("clip").out();
    String half = b.node("Mul", six, b.scalar(0.5f)).named("half").out();
    b.output(b.node("Add", half, b.floats(new long[] {3, 1, 1}, 1, 2, 3)).named("shift").out());
    try (Model m = Model.read(write(b))) {
      Graph g = m.graph(1, 2, 4, 4);
      assertEquals(9, g.layer("conv").parameters());
      assertEquals(3, g.layer("shift").parameters());
      assertEquals(12, g.layers().stream().mapToLong(Layer::parameters).sum());
    }
  }

  @Test
  void zerosStayZerosWhenNormalised() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.node("Mul", b.input("x", 1, 3), b.scalar(0)).out();
    b.output(b.node("LpNormalization", x).i("axis", 1).i("p", 2).out());
    assertArrayEquals(new double[3], answer(b, 1, 3));
  }

  @Test
  void layersByNodeOutputAndNumber() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 2, 4, 4);
    String w = b.floats("w", new long[] {2, 2, 1, 1}, 1, 0, 0, 1);
    String first = b.node("Conv", x, w).named("stem").out("stem_out");
    var halves = b.node("Split", first).i("axis", 1).named("cut").outs(2);
    String second = b.node("Conv", first, w).named("tail").out();
    b.node("Shape", second).named("size").out("shape");
    b.output(second).output(halves.get(1)).output("shape");
    try (Model m = Model.read(write(b))) {
      Graph g = m.graph(1, 2, 4, 4);
      assertEquals("stem", g.layer("stem").name());
      assertEquals("stem", g.layer("stem_out").name());
      assertEquals("tail", g.layer("CONV#2").name());
      assertEquals(Shape.of(1, 1, 4, 4), g.layer(halves.get(1)).shape());
      assertEquals(g.outputs().get(1), g.layer(halves.get(1)).value());
      assertEquals(4, g.layer("tail").parameters());
      assertEquals(2 * 2 * 16, g.layer("tail").macs());
      assertNull(g.layer("size").value());
      assertEquals(Map.of("shape", "INT64[4]").toString(), g.constantOutputs().toString());
      for (String wish : new String[] {"conv#3", "conv#0", "con#1", "Stem", ""}) {
        assertThrows(UnknownLayerException.class, () -> g.layer(wish), wish);
      }
      var e = assertThrows(UnknownLayerException.class, () -> g.layer("STEN"));
      assertTrue(String.valueOf(e.getMessage()).contains("'STEN'; the closest are stem"));
    }
  }
}
