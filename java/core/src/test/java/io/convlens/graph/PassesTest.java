package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.GraphReference.Array;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each pass by itself: it does its work, the answers stay, and what is wanted does not vanish. */
final class PassesTest {
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  private final SplittableRandom random = new SplittableRandom(11);
  private final OnnxBuilder b = new OnnxBuilder(20);

  private interface Use {
    void of(Graph graph);
  }

  private interface Pass {
    Graph on(Passes passes, Graph graph);
  }

  private void read(Use use, long... dims) throws IOException {
    try (Model m = Model.read(b.write(folder.resolve("m.onnx")))) {
      use.of(m.graph(dims));
    }
  }

  private String weights(long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (p, q) -> p * q)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(0.2, 1);
    }
    return b.floats(dims, values);
  }

  private String batchNorm(String x, int channels) {
    String[] parts = new String[4];
    Arrays.setAll(parts, _ -> weights(channels));
    return b.node("BatchNormalization", x, parts[0], parts[1], parts[2], parts[3]).out();
  }

  private static List<String> kinds(Graph g) {
    return g.nodes().stream().skip(1).map(n -> n.getClass().getSimpleName()).toList();
  }

  private static Array input(Graph g) {
    Array x = Array.zeros(g.input().shape());
    var random = new SplittableRandom(3);
    Arrays.setAll(x.data(), _ -> random.nextDouble(-4, 4));
    return x;
  }

  private static void assertSameAnswers(Graph before, Graph after, Set<Value> values) {
    var wanted = GraphReference.run(before, input(before));
    var got = GraphReference.run(after, input(before));
    for (Value v : values) {
      double[] w = wanted.get(v).data();
      double largest = Arrays.stream(w).map(Math::abs).max().orElse(0);
      assertTrue(got.containsKey(v), () -> v + " vanished");
      for (int i = 0; i < w.length; i++) {
        assertEquals(w[i], got.get(v).data()[i], TOLERANCE * largest, v.toString());
      }
    }
  }

  /** Without keeping anything, the pass leaves these nodes; keeping everything, all stay. */
  private void assertLeaves(Pass pass, List<String> nodes, long... dims) throws IOException {
    long live = Tensor.live();
    read(
        g -> {
          try (var passes = new Passes(Set.of())) {
            Graph after = pass.on(passes, g);
            assertEquals(nodes, kinds(after));
            assertSameAnswers(g, after, new HashSet<>(g.outputs()));
          }
          Set<Value> all = new HashSet<>();
          g.nodes().forEach(n -> all.add(n.output()));
          try (var passes = new Passes(all)) {
            assertSameAnswers(g, pass.on(passes, g), all);
          }
        },
        dims);
    assertEquals(live, Tensor.live(), "tensors left open");
  }

  @Test
  void batchNormIntoConvolution() throws IOException {
    String x = b.input("x", 1, 4, 5, 5);
    String conv = b.node("Conv", x, weights(6, 2, 3, 3), weights(6)).i("group", 2).out();
    b.output(batchNorm(conv, 6));
    assertLeaves(Passes::foldChannelAffine, List.of("Conv"), 1, 4, 5, 5);
  }

  @Test
  void batchNormIntoTransposedConvolution() throws IOException {
    String x = b.input("x", 1, 4, 3, 3);
    String up = b.node("ConvTranspose", x, weights(4, 3, 2, 2)).i("group", 2).out();
    b.output(batchNorm(up, 6));
    assertLeaves(Passes::foldChannelAffine, List.of("ConvTranspose"), 1, 4, 3, 3);
  }

  @Test
  void batchNormIntoFullyConnected() throws IOException {
    String x = b.input("x", 1, 4);
    String dense = b.node("Gemm", x, weights(3, 4), weights(3)).i("transB", 1).out();
    b.output(batchNorm(dense, 3));
    assertLeaves(Passes::foldChannelAffine, List.of("Linear"), 1, 4);
  }

  @Test
  void batchNormStaysWhereSomebodyElseReadsTheConvolution() throws IOException {
    String x = b.input("x", 1, 2, 4, 4);
    String conv = b.node("Conv", x, weights(2, 2, 1, 1)).out();
    b.output(b.node("Add", conv, batchNorm(conv, 2)).out());
    assertLeaves(Passes::foldChannelAffine, List.of("Conv", "ChannelAffine", "Binary"), 1, 2, 4, 4);
  }

  @Test
  void zerosAroundAConvolutionBecomeItsPadding() throws IOException {
    String x = b.input("x", 1, 2, 5, 6);
    String framed = b.node("Pad", x, b.int64s(0, 0, 1, 0, 0, 0, 2, 3)).out();
    b.output(b.node("Conv", framed, weights(2, 2, 3, 3)).ints("pads", 1, 1, 0, 1).out());
    assertLeaves(Passes::foldPadding, List.of("Conv"), 1, 2, 5, 6);
  }

  @Test
  void otherPaddingStays() throws IOException {
    String x = b.input("x", 1, 2, 5, 6);
    String ones = b.node("Pad", x, b.int64s(0, 0, 1, 0, 0, 0, 2, 3), b.scalar(1)).out();
    String mirror = b.node("Pad", x, b.int64s(0, 0, 1, 0, 0, 0, 2, 3)).s("mode", "reflect").out();
    String channels = b.node("Pad", x, b.int64s(0, 1, 0, 0, 0, 0, 0, 0)).out();
    String cropped = b.node("Pad", x, b.int64s(0, 0, -1, 0, 0, 0, 2, 3)).out();
    b.output(b.node("Conv", ones, weights(1, 2, 3, 3)).out());
    b.output(b.node("Conv", mirror, weights(1, 2, 3, 3)).out());
    b.output(b.node("Conv", channels, weights(1, 3, 3, 3)).out());
    b.output(b.node("Conv", cropped, weights(1, 2, 3, 3)).out());
    read(
        g -> {
          try (var passes = new Passes(Set.of())) {
            assertEquals(8, passes.foldPadding(g).nodes().size() - 1);
          }
        },
        1,
        2,
        5,
        6);
  }

  @Test
  void scalesAndShiftsMerge() throws IOException {
    String x = b.input("x", 1, 5);
    String scaled = b.node("Mul", x, b.scalar(3)).out();
    String shifted = b.node("Sub", b.scalar(1), scaled).out();
    b.output(b.node("Relu", b.node("Div", shifted, b.scalar(4)).out()).out());
    assertLeaves(Passes::mergeAffine, List.of("Activate", "Activate"), 1, 5);
  }

  @Test
  void scalesThatCancelVanish() throws IOException {
    String x = b.input("x", 1, 5);
    String twice = b.node("Neg", b.node("Neg", x).out()).out();
    b.output(b.node("Relu", twice).out());
    assertLeaves(Passes::mergeAffine, List.of("Activate"), 1, 5);
  }

  private void twoConvolutions(String first, String second) {
    String x = b.input("x", 1, 2, 4, 4);
    String a = b.node(first, b.node("Conv", x, weights(3, 2, 1, 1)).out()).out();
    String c = b.node(second, b.node("Conv", x, weights(2, 2, 1, 1)).out()).out();
    b.output(b.node("Concat", a, c).i("axis", 1).out());
  }

  @Test
  void equalActivationsMoveBehindAConcatenation() throws IOException {
    twoConvolutions("Relu", "Relu");
    assertLeaves(
        Passes::joinActivations, List.of("Conv", "Conv", "Concat", "Activate"), 1, 2, 4, 4);
  }

  @Test
  void otherActivationsStayBeforeAConcatenation() throws IOException {
    twoConvolutions("Relu", "Sigmoid");
    read(
        g -> {
          try (var passes = new Passes(Set.of())) {
            assertEquals(g.nodes(), passes.joinActivations(g).nodes());
          }
        },
        1,
        2,
        4,
        4);
  }

  @Test
  void deadNodesGo() throws IOException {
    String x = b.input("x", 1, 5);
    b.output(b.node("Relu", x).out());
    b.output(b.node("Exp", x).out());
    read(
        g -> {
          Node dead = new Node.Activate("dead", g.input(), new Activation.Relu(), copy(g.input()));
          try (var passes = new Passes(Set.of())) {
            assertEquals(3, passes.withoutDeadNodes(g.append(dead)).nodes().size());
          }
          try (var passes = new Passes(Set.of(dead.output()))) {
            assertEquals(4, passes.withoutDeadNodes(g.append(dead)).nodes().size());
          }
        },
        1,
        5);
  }

  private static Value copy(Value v) {
    return new Value("copy", v.shape(), v.batched());
  }

  private void assertRecognised(Activation wanted, UnaryOperator<String> written)
      throws IOException {
    b.output(b.node("Exp", written.apply(b.input("x", 1, 40))).out());
    read(
        g -> {
          try (var passes = new Passes(Set.of())) {
            Graph after = passes.optimise(g);
            List<Activation> found =
                after.nodes().stream().skip(1).map(n -> ((Node.Activate) n).function()).toList();
            assertEquals(
                List.of(wanted, new Activation.Elementary(Activation.Function.EXP)), found);
            assertSameAnswers(g, after, new HashSet<>(g.outputs()));
          }
          Set<Value> all = new HashSet<>();
          g.nodes().forEach(n -> all.add(n.output()));
          try (var passes = new Passes(all)) {
            assertSameAnswers(g, passes.optimise(g), all);
          }
        },
        1,
        40);
  }

  @Test
  void swish() throws IOException {
    assertRecognised(
        new Activation.Swish(1), x -> b.node("Mul", x, b.node("Sigmoid", x).out()).out());
  }

  @Test
  void mish() throws IOException {
    assertRecognised(
        new Activation.Mish(),
        x -> b.node("Mul", b.node("Tanh", b.node("Softplus", x).out()).out(), x).out());
  }

  @Test
  void hardSwishOfHardSigmoid() throws IOException {
    assertRecognised(
        new Activation.HardSwish(),
        x ->
            b.node("Mul", x, b.node("HardSigmoid", x).f("alpha", 1 / 6.0).f("beta", 0.5).out())
                .out());
  }

  @Test
  void hardSwishOfClip() throws IOException {
    assertRecognised(
        new Activation.HardSwish(),
        x -> {
          String three = b.node("Add", x, b.scalar(3)).out();
          String six = b.node("Clip", three, b.scalar(0), b.scalar(6)).out();
          return b.node("Div", b.node("Mul", x, six).out(), b.scalar(6)).out();
        });
  }

  @Test
  void geluOfErf() throws IOException {
    assertRecognised(
        new Activation.Gelu(false),
        x -> {
          String erf = b.node("Erf", b.node("Div", x, b.scalar(1.4142135f)).out()).out();
          String gate = b.node("Mul", x, b.node("Add", erf, b.scalar(1)).out()).out();
          return b.node("Mul", gate, b.scalar(0.5f)).out();
        });
  }

  @Test
  void whatOnlyLooksAlikeStays() throws IOException {
    String x = b.input("x", 1, 40);
    String y = b.node("Relu", x).out();
    b.output(b.node("Mul", x, b.node("Sigmoid", y).out()).out());
    String four =
        b.node("Clip", b.node("Add", x, b.scalar(4)).out(), b.scalar(0), b.scalar(6)).out();
    b.output(b.node("Mul", x, four).out());
    read(
        g -> {
          try (var passes = new Passes(Set.of())) {
            Graph after = passes.optimise(g);
            assertEquals(2, kinds(after).stream().filter("Binary"::equals).count());
            assertSameAnswers(g, after, new HashSet<>(g.outputs()));
          }
        },
        1,
        40);
  }
}
