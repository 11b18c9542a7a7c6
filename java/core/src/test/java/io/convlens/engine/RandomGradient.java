package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.GraphReference;
import io.convlens.graph.GraphReference.Array;
import io.convlens.graph.Model;
import io.convlens.graph.NoGradientException;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The gradient of a random graph's first output in a random direction with respect to its input:
 * what a device's backward passes are held against.
 */
public final class RandomGradient implements AutoCloseable {
  private static final int PICTURES = 2;
  private static final List<GradientRule> RULES = List.of(GradientRule.values());

  private final Model model;
  private final Graph graph;
  private final Backward backward;
  private final int batch;
  private final Tensor x;
  private final Tensor seed;

  private RandomGradient(RandomGraphs.Case c, Model model, Graph graph) {
    this.model = model;
    this.graph = graph;
    this.batch = graph.batchable() ? PICTURES : graph.baseBatch();
    Value of = graph.outputs().getFirst();
    GradientRule rule = RULES.get((int) (c.seed() % RULES.size()));
    this.backward = Backward.of(graph, of, Set.of(graph.input()), rule);
    var random = new SplittableRandom(c.seed());
    float[] direction = new float[Math.toIntExact(of.shape(batch).size())];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = (float) random.nextDouble(-1, 1);
    }
    this.x = Tensor.of(c.input(PICTURES), c.values(PICTURES));
    this.seed = Tensor.of(of.shape(batch), direction);
  }

  /**
   * The gradient of a graph, or nothing where it has no output or its output no gradient.
   *
   * @param folder where the graph's file may lie
   */
  public static Optional<RandomGradient> of(RandomGraphs.Case c, Path folder) throws IOException {
    Model model = Model.read(c.model().write(folder.resolve("model.onnx")));
    try {
      Graph graph = model.graph(c.input(1).dims());
      if (!graph.outputs().isEmpty()) {
        return Optional.of(new RandomGradient(c, model, graph));
      }
    } catch (NoGradientException e) {
      // Says so.
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
    model.close();
    return Optional.empty();
  }

  /** By plain loops in double precision. */
  public double[] expected() {
    return GraphReference.run(
            backward.graph(), Map.of(graph.input(), Array.of(x), backward.seed(), Array.of(seed)))
        .get(gradient())
        .data();
  }

  /** By a device, a row a run. */
  public float[][] on(Device device, int runs) {
    float[][] found = new float[runs][];
    try (var session = Session.prepare(device, backward.graph(), batch, Set.of(gradient()));
        Tensor to = Tensor.zeros(graph.input().shape(batch))) {
      session.upload(x, 0, batch);
      Shape rows = seed.shape();
      session.upload(backward.seed(), seed, 0, rows.rank() == 0 ? 1 : rows.intDim(0));
      for (int run = 0; run < runs; run++) {
        session.run();
        session.download(gradient(), batch, to, 0);
        found[run] = to.toArray();
      }
    }
    return found;
  }

  private Value gradient() {
    return backward.gradient(graph.input());
  }

  @Override
  public void close() {
    seed.close();
    x.close();
    backward.close();
    model.close();
  }
}
