package io.convlens.graph;

import io.convlens.graph.GraphSketch.Val;
import io.convlens.graph.OnnxBuilder.Placement;
import io.convlens.graph.onnx.OnnxProto.NodeProto;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Random small networks of every operator that ConvLens reads, valid for ONNX Runtime, of opsets 7
 * to 21 with each opset's forms: what an engine is held against another with. A seed gives the same
 * graph everywhere; consecutive seeds go through all kinds of operators in turn.
 *
 * <p>Numbers stay in a range where float32 is exact to five digits or so: divisors and logarithms'
 * arguments are kept off 0, and functions with steps see only the graph's input.
 *
 * <pre>{@code
 * RandomGraphs.Case c = RandomGraphs.of(42);
 * byte[] model = c.model().bytes();
 * }</pre>
 */
public final class RandomGraphs {

  /** Every operator that seeds up to a few hundred use at least once. */
  public static final List<String> OPERATORS =
      Stream.of(
              "Conv ConvTranspose MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool",
              "GlobalLpPool BatchNormalization LRN InstanceNormalization GroupNormalization",
              "LayerNormalization Relu LeakyRelu PRelu Elu Selu Celu Clip Sigmoid Tanh HardSigmoid",
              "HardSwish Softplus Softsign Gelu Mish Erf ThresholdedRelu Abs Neg Exp Log Sqrt",
              "Reciprocal Floor Ceil Round Sign Sin Cos Gemm MatMul Add Sub Mul Div Pow Min Max",
              "Sum Concat Split Slice Pad Resize Upsample DepthToSpace SpaceToDepth Transpose",
              "Reshape Flatten Squeeze Unsqueeze Expand Tile Gather Shape Cast ReduceMean ReduceSum",
              "ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum",
              "ReduceLogSumExp Softmax LogSoftmax Dropout Identity Constant")
          .flatMap(line -> Stream.of(line.split(" ", -1)))
          .toList();

  private static final int FIRST_OPSET = 7;
  private static final int LAST_OPSET = 21;

  /** One seed in so many mixes pictures of a batch, which most uses of a network can't have. */
  private static final int MIXES = 25;

  private static final List<Kind> KINDS =
      Stream.of(WindowDraws.kinds(), MathDraws.kinds(), ShapeDraws.kinds(), ResizeDraws.kinds())
          .flatMap(List::stream)
          .toList();

  private RandomGraphs() {}

  /**
   * A graph.
   *
   * @param seed what it came from
   * @param model the file to be
   * @param input the extents of its input for one picture; of its whole batch where that is fixed
   * @param batchable whether axis 0 of everything counts pictures that don't know of each other,
   *     and is open
   * @param operators the ONNX operators in it
   */
  public record Case(
      long seed, OnnxBuilder model, Shape input, boolean batchable, Set<String> operators) {
    /** Seed, opset, input and nodes on one line: what a failure is reported with. */
    public String describe() {
      var text = new StringBuilder("seed ").append(seed);
      text.append(" opset ").append(model.opset()).append(" input ").append(input);
      text.append(batchable ? "" : " fixed batch").append(':');
      for (NodeProto n : model.graph().getNodeList()) {
        text.append(' ').append(n.getOpType());
      }
      return text.toString();
    }

    /** Numbers for the input, in [−1, 1], for so many pictures. */
    public float[] values(int pictures) {
      var random = new SplittableRandom(seed ^ 0x5eed);
      float[] values = new float[(int) (batchable ? input.size() * pictures : input.size())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(-1, 1);
      }
      return values;
    }

    /** The input's extents for so many pictures. */
    public Shape input(int pictures) {
      return batchable ? input.with(0, pictures) : input;
    }
  }

  /** Appends nodes that take a value and give one. */
  @FunctionalInterface
  interface Draw {
    Val draw(GraphSketch g, Val x);
  }

  /** A kind of node or pattern: for values of some ranks, in some opsets. */
  record Kind(String name, int leastRank, int mostRank, int from, int until, Draw draw) {
    Kind from(int opset) {
      return new Kind(name, leastRank, mostRank, opset, until, draw);
    }

    Kind until(int opset) {
      return new Kind(name, leastRank, mostRank, from, opset, draw);
    }

    boolean takes(Val x) {
      return x.rank() >= leastRank && x.rank() <= mostRank;
    }
  }

  static Kind kind(String name, int leastRank, int mostRank, Draw draw) {
    return new Kind(name, leastRank, mostRank, FIRST_OPSET, LAST_OPSET, draw);
  }

  /** The number of kinds: so many consecutive seeds feature each once. */
  public static int kinds() {
    return KINDS.size();
  }

  /** The graph of a seed. */
  public static Case of(long seed) {
    var random = new SplittableRandom(seed);
    Kind featured = KINDS.get((int) Math.floorMod(seed, (long) KINDS.size()));
    int opset = random.nextInt(featured.from(), featured.until() + 1);
    var g = new GraphSketch(new OnnxBuilder(opset), random);
    boolean mixes = Math.floorMod(seed, MIXES) == MIXES - 1;
    Shape input = input(g, featured, mixes);
    grow(g, featured, g.between(1, 7));
    if (mixes) {
      mixPictures(g);
    }
    declareOutputs(g, mixes);
    Set<String> operators = new TreeSet<>();
    g.onnx().graph().getNodeList().forEach(n -> operators.add(n.getOpType()));
    return new Case(seed, g.onnx(), input, !mixes, operators);
  }

  private static Shape input(GraphSketch g, Kind featured, boolean mixes) {
    int rank = featured.takes(new Val("", Shape.of(1, 1, 1, 1), 1)) ? 4 : featured.leastRank();
    if (featured.leastRank() <= 3 && featured.mostRank() >= 5 && g.chance(0.3)) {
      rank = g.pick(3, 5);
    }
    long[] dims = new long[rank];
    List<String> declared = new ArrayList<>();
    boolean openSpace = g.chance(0.25);
    int most = rank == 5 ? 7 : rank == 3 ? 30 : 20;
    for (int i = 0; i < rank; i++) {
      dims[i] = i == 0 ? (mixes ? 2 : 1) : i == 1 ? g.between(1, 6) : g.between(3, most);
      boolean open = i == 0 ? !mixes : i > 1 && openSpace;
      declared.add(open ? "d" + i : Long.toString(dims[i]));
    }
    if (g.onnx().opset() >= 9) {
      g.onnx().placement(g.pick(Placement.values()));
    }
    g.onnx().input("x", OnnxBuilder.ElementType.FLOAT, declared);
    g.values().add(new Val("x", Shape.of(dims), 1));
    return Shape.of(dims);
  }

  private static void grow(GraphSketch g, Kind featured, int steps) {
    int turn = g.between(0, steps - 1);
    for (int i = 0; i < steps; i++) {
      Kind kind = i == turn ? featured : anyKind(g);
      List<Val> fit = g.values().stream().filter(kind::takes).toList();
      if (!fit.isEmpty()) {
        // Mostly go on from the latest value, so that graphs grow deep.
        Val x = g.chance(0.7) ? fit.getLast() : g.pick(fit);
        g.values().add(g.quiet(kind.draw().draw(g, x)));
      }
    }
  }

  private static Kind anyKind(GraphSketch g) {
    Kind kind;
    do {
      kind = g.pick(KINDS);
    } while (kind.from() > g.opset() || kind.until() < g.opset());
    return kind;
  }

  /** Ends the graph with something over axis 0. */
  private static void mixPictures(GraphSketch g) {
    OnnxBuilder b = g.onnx();
    Val x = g.values().getLast();
    long[] order = new long[x.rank()];
    Arrays.setAll(order, i -> (i + 1) % order.length);
    String y =
        switch (g.between(0, 3)) {
          case 0 -> b.node("Transpose", x.name()).ints("perm", order).out();
          case 1 -> b.node("Reshape", x.name(), b.int64s(-1)).out();
          case 2 -> g.withAxes("ReduceMean", x, 18, 0).out();
          default -> b.node("Concat", x.name(), x.name()).i("axis", 0).out();
        };
    g.values().add(new Val(y, x.shape(), x.bound()));
  }

  /** The last value, and now and then others: ends of branches, or what later nodes read too. */
  private static void declareOutputs(GraphSketch g, boolean mixes) {
    List<Val> values = g.values();
    Set<String> declared = new HashSet<>(Set.of(values.getFirst().name()));
    boolean shapes = !mixes && g.chance(0.5);
    for (Val v : values.reversed()) {
      if ((v.equals(values.getLast()) || g.chance(0.15)) && declared.add(v.name())) {
        if (shapes) {
          g.onnx().output(v.name(), OnnxBuilder.ElementType.FLOAT, declaredDims(v));
        } else {
          g.onnx().output(v.name());
        }
      }
    }
  }

  private static List<String> declaredDims(Val v) {
    List<String> dims = new ArrayList<>(List.of("d0"));
    for (int i = 1; i < v.rank(); i++) {
      dims.add(Long.toString(v.dim(i)));
    }
    return dims;
  }
}
