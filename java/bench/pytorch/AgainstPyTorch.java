import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.GradientCollector;
import io.convlens.gradient.Method;
import io.convlens.gradient.Saliency;
import io.convlens.gradient.SaliencyMapper;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Integrated gradients of 50 steps, ConvLens against PyTorch through DJL: the same network with the
 * same random weights, the same picture, class 0, a black baseline, midpoints. Each runs in a
 * process of its own, in turns; PyTorch at the best of several batch sizes, with glibc's allocator
 * told to keep memory.
 *
 * <p>Usage: {@code AgainstPyTorch [ROUNDS [NET ...]]}. Batch normalisations are folded into the
 * convolutions for both.
 */
public final class AgainstPyTorch {
  private static final int SIDE = 224;
  private static final int STEPS = 50;
  private static final List<Integer> BATCHES = List.of(2, 5, 10, 25);
  private static final String MARK = "answer ";

  private AgainstPyTorch() {}

  public static void main(String[] args) throws IOException {
    if (args.length > 0 && args[0].equals("child")) {
      answer(args[1], Path.of(args[2]));
      return;
    }
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    List<String> nets =
        args.length > 1 ? List.of(args).subList(1, args.length) : List.of("resnet50", "vgg16");
    System.out.println(
        "| network | ConvLens s | PyTorch s | batch | times faster | min–max | difference |");
    System.out.println("| --- ".repeat(7) + "|");
    for (String net : nets) {
      duel(net, rounds);
    }
  }

  private static void duel(String name, int rounds) throws IOException {
    Nets net = Nets.of(name);
    Path file = Files.createTempFile("against", ".onnx");
    try {
      net.write(file, net.options());
      try (var ours = new Child("convlens", file);
          var theirs = new Child("pytorch", file)) {
        int best = 0;
        theirs.ask("run");
        double least = Double.POSITIVE_INFINITY;
        for (int batch : BATCHES) {
          theirs.ask("batch " + batch);
          double t = seconds(theirs.ask("run"));
          System.err.printf(Locale.ROOT, "%s: PyTorch in batches of %d: %.2f s%n", name, batch, t);
          if (t < least) {
            least = t;
            best = batch;
          }
        }
        theirs.ask("batch " + best);
        ours.ask("run");
        double difference = difference(ours.ask("map"), theirs.ask("map"));
        double[] a = new double[rounds];
        double[] b = new double[rounds];
        double[] ratio = new double[rounds];
        for (int i = 0; i < rounds; i++) {
          a[i] = seconds(ours.ask("run"));
          b[i] = seconds(theirs.ask("run"));
          ratio[i] = b[i] / a[i];
          System.err.printf(Locale.ROOT, "%s: %.2f s, %.2f s%n", name, a[i], b[i]);
        }
        for (double[] all : List.of(a, b, ratio)) {
          Arrays.sort(all);
        }
        System.out.printf(
            Locale.ROOT,
            "| %s | %.2f | %.2f | %d | %.2f | %.2f–%.2f | %.0e |%n",
            net.title(),
            a[rounds / 2],
            b[rounds / 2],
            best,
            ratio[rounds / 2],
            ratio[0],
            ratio[rounds - 1],
            difference);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static double seconds(String answer) {
    return Double.parseDouble(answer);
  }

  /** The largest difference over the largest magnitude, over every 97th element. */
  private static double difference(String a, String b) {
    String[] ours = a.split(" ");
    String[] theirs = b.split(" ");
    double largest = 0;
    double off = 0;
    for (int i = 0; i < ours.length; i++) {
      double x = Double.parseDouble(ours[i]);
      largest = Math.max(largest, Math.abs(x));
      off = Math.max(off, Math.abs(x - Double.parseDouble(theirs[i])));
    }
    return off / largest;
  }

  /** One of the two in a process that sleeps while the other runs. */
  private static final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader from;
    private final Writer to;

    Child(String who, Path model) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.addAll(List.of(AgainstPyTorch.class.getName(), "child", who, model.toString()));
      var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put("MALLOC_MMAP_THRESHOLD_", "4294967296");
      builder.environment().put("MALLOC_TRIM_THRESHOLD_", "8589934592");
      builder.environment().put("MALLOC_TOP_PAD_", "268435456");
      process = builder.start();
      from = process.inputReader();
      to = process.outputWriter();
      hear();
    }

    String ask(String command) throws IOException {
      to.write(command + "\n");
      to.flush();
      return hear();
    }

    private String hear() throws IOException {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        if (line.startsWith(MARK)) {
          return line.substring(MARK.length());
        }
      }
      throw new IOException("a contender's process ended, see above");
    }

    @Override
    public void close() throws IOException {
      to.close();
      process.destroy();
    }
  }

  private static float[] picture() {
    var random = new SplittableRandom(1);
    float[] values = new float[3 * SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1.7, 1.7);
    }
    return values;
  }

  /** Answers a parent's questions on standard input. */
  private static void answer(String who, Path file) throws IOException {
    int[] batch = {BATCHES.getFirst()};
    Supplier<float[]> run = who.equals("pytorch") ? pytorch(file, batch) : convlens(file);
    System.out.println(MARK);
    var in = new BufferedReader(new java.io.InputStreamReader(System.in));
    float[] map = {};
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith("batch ")) {
        batch[0] = Integer.parseInt(line.substring("batch ".length()));
        System.out.println(MARK);
      } else if (line.equals("run")) {
        long start = System.nanoTime();
        map = run.get();
        System.out.println(MARK + (System.nanoTime() - start) / 1e9);
      } else {
        var text = new StringBuilder(MARK);
        for (int i = 0; i < map.length; i += 97) {
          text.append(map[i]).append(' ');
        }
        System.out.println(text);
      }
    }
  }

  private static Supplier<float[]> convlens(Path file) {
    Network network = Network.load(file, NetworkOptions.DEFAULT.withDevice("cpu"));
    Tensor picture = Tensor.of(Shape.of(1, 3, SIDE, SIDE), picture());
    SaliencyMapper mapper =
        Saliency.with(o -> o.method(Method.INTEGRATED_GRADIENTS).steps(STEPS).target(0))
            .prepare(network, picture.shape());
    return () -> mapper.map(picture, 0, 0).values();
  }

  private static Supplier<float[]> pytorch(Path file, int[] batch) {
    Graph graph = Model.read(file).graph(new long[] {1, 3, SIDE, SIDE});
    var torch = new Torch(graph);
    float[] picture = picture();
    return () -> torch.integratedGradients(picture, batch[0]);
  }

  /** A graph's nodes as calls of PyTorch. */
  private static final class Torch {
    private final Graph graph;
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final Map<Tensor, NDArray> weights = new HashMap<>();

    Torch(Graph graph) {
      this.graph = graph;
    }

    float[] integratedGradients(float[] picture, int batch) {
      float[] sum = new float[picture.length];
      for (int first = 0; first < STEPS; first += batch) {
        int count = Math.min(batch, STEPS - first);
        float[] all = new float[count * picture.length];
        for (int k = 0; k < count; k++) {
          float share = (first + k + 0.5f) / STEPS;
          for (int i = 0; i < picture.length; i++) {
            all[k * picture.length + i] = share * picture[i];
          }
        }
        try (NDManager sub = manager.newSubManager()) {
          NDArray x = sub.create(all, new ai.djl.ndarray.types.Shape(count, 3, SIDE, SIDE));
          x.setRequiresGradient(true);
          try (GradientCollector collector = sub.getEngine().newGradientCollector()) {
            NDArray score = forward(x).get(new NDIndex(":, 0")).sum();
            collector.backward(score);
          }
          float[] gradient = x.getGradient().sum(new int[] {0}).toFloatArray();
          for (int i = 0; i < sum.length; i++) {
            sum[i] += gradient[i];
          }
        }
      }
      for (int i = 0; i < sum.length; i++) {
        sum[i] *= picture[i] / STEPS;
      }
      return sum;
    }

    private NDArray forward(NDArray x) {
      Map<Value, NDArray> values = new HashMap<>();
      for (Node node : graph.nodes()) {
        if (node instanceof Node.Input) {
          values.put(node.output(), x);
        } else {
          values.put(node.output(), run(node, values.get(node.inputs().getFirst()), values));
        }
      }
      return values.get(graph.outputs().getFirst());
    }

    private NDArray run(Node node, NDArray x, Map<Value, NDArray> values) {
      return switch (node) {
        case Node.Conv n ->
            Conv2d.conv2d(
                    x,
                    of(n.weights()),
                    n.bias() == null ? null : of(n.bias()),
                    pair(n.windowing().strides()),
                    pair(n.windowing().padBegin()),
                    pair(n.windowing().dilations()),
                    n.groups())
                .singletonOrThrow();
        case Node.Pool n when n.kind() == Node.PoolKind.MAX ->
            Pool.maxPool2d(
                x,
                pair(n.windowing().kernel()),
                pair(n.windowing().strides()),
                pair(n.windowing().padBegin()),
                false);
        case Node.Pool n when n.windowing().padBegin().equals(List.of(0, 0)) ->
            Pool.avgPool2d(
                x,
                pair(n.windowing().kernel()),
                pair(n.windowing().strides()),
                pair(n.windowing().padBegin()),
                false,
                true);
        case Node.Activate n when n.function() instanceof io.convlens.graph.Activation.Relu ->
            Activation.relu(x);
        case Node.Binary n when n.op() == Node.BinaryOp.ADD -> x.add(values.get(n.b()));
        case Node.Reduce n
            when n.kind() == Node.ReduceKind.MEAN && n.axes().equals(List.of(2, 3)) ->
            shaped(Pool.globalAvgPool2d(x), n.output());
        case Node.Reshape n -> shaped(x, n.output());
        case Node.Linear n ->
            Linear.linear(x, of(n.weights()), n.bias() == null ? null : of(n.bias()))
                .singletonOrThrow();
        default -> throw new IllegalArgumentException("no call of PyTorch for " + node);
      };
    }

    private static NDArray shaped(NDArray x, Value like) {
      long[] dims = like.shape().dims();
      dims[0] = x.getShape().get(0);
      return x.reshape(dims);
    }

    private NDArray of(Tensor t) {
      return weights.computeIfAbsent(
          t, k -> manager.create(k.toArray(), new ai.djl.ndarray.types.Shape(k.shape().dims())));
    }

    private static ai.djl.ndarray.types.Shape pair(List<Integer> numbers) {
      return new ai.djl.ndarray.types.Shape(numbers.get(0), numbers.get(1));
    }
  }
}
