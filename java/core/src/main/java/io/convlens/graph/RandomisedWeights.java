package io.convlens.graph;

import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A graph some of whose layers have forgotten what they learned: their weights are drawn anew, from
 * the last layer backwards (cascading randomisation, Adebayo et al. 2018).
 *
 * <p>Weights and biases come from a normal distribution with the mean and deviation of what they
 * replace, so that values keep their scale whatever the activation; the paper and Quantus run each
 * layer's own initialiser, which a file does not name. Layers are convolutions and fully connected
 * ones; normalisations keep their scales. Weights that several layers share are drawn once.
 *
 * <p>Owns the weights that it draws: close it after everything that uses its graph. Immutable.
 */
public final class RandomisedWeights implements AutoCloseable {
  private final Graph graph;
  private final Owner owner;

  private RandomisedWeights(Graph graph, Owner owner) {
    this.graph = graph;
    this.owner = owner;
  }

  /** The names of the layers that have weights, the last one first. */
  public static List<String> layers(Graph graph) {
    return graph.nodes().reversed().stream()
        .filter(RandomisedWeights::hasWeights)
        .map(Node::name)
        .toList();
  }

  private static boolean hasWeights(Node node) {
    return node instanceof Node.Conv
        || node instanceof Node.ConvTranspose
        || node instanceof Node.Linear;
  }

  /**
   * Draws weights.
   *
   * @param layers how many layers, from the last one backwards
   * @param seed what they are drawn from; a layer's weights do not depend on how many follow
   */
  public static RandomisedWeights of(Graph graph, int layers, long seed) {
    var owner = new Owner();
    try {
      var draw = new Draw(owner, seed);
      List<Node> nodes = new ArrayList<>();
      int left = layers;
      for (Node node : graph.nodes().reversed()) {
        boolean randomised = left > 0 && hasWeights(node);
        left -= randomised ? 1 : 0;
        nodes.add(randomised ? draw.randomised(node) : node);
      }
      return new RandomisedWeights(graph.with(nodes.reversed()), owner);
    } catch (RuntimeException | Error e) {
      owner.close();
      throw e;
    }
  }

  /** The graph; its values are those of the original. */
  public Graph graph() {
    return graph;
  }

  /** Frees the weights; twice is fine. */
  @Override
  public void close() {
    owner.close();
  }

  /** Draws one array after another. */
  private static final class Draw {
    private final Owner owner;
    private final SplittableRandom random;
    private final IdentityHashMap<Tensor, Tensor> drawn = new IdentityHashMap<>();

    Draw(Owner owner, long seed) {
      this.owner = owner;
      this.random = new SplittableRandom(seed);
    }

    Node randomised(Node node) {
      return switch (node) {
        case Node.Conv n ->
            new Node.Conv(
                n.name(),
                n.x(),
                like(n.weights()),
                bias(n.bias()),
                n.windowing(),
                n.groups(),
                n.output());
        case Node.ConvTranspose n ->
            new Node.ConvTranspose(
                n.name(),
                n.x(),
                like(n.weights()),
                bias(n.bias()),
                n.windowing(),
                n.groups(),
                n.output());
        case Node.Linear n ->
            new Node.Linear(n.name(), n.x(), like(n.weights()), bias(n.bias()), n.output());
        default -> node;
      };
    }

    private @Nullable Tensor bias(@Nullable Tensor learned) {
      return learned == null ? null : like(learned);
    }

    private Tensor like(Tensor learned) {
      return drawn.computeIfAbsent(learned, this::drawnLike);
    }

    private Tensor drawnLike(Tensor learned) {
      double sum = 0;
      double squares = 0;
      for (long i = 0; i < learned.size(); i++) {
        sum += learned.get(i);
        squares += (double) learned.get(i) * learned.get(i);
      }
      double mean = sum / Math.max(1, learned.size());
      double variance = squares / Math.max(1, learned.size()) - mean * mean;
      double deviation = Math.sqrt(Math.max(0, variance));
      Tensor fresh = owner.zeros(learned.shape());
      for (long i = 0; i < fresh.size(); i++) {
        fresh.set(i, (float) (mean + deviation * random.nextGaussian()));
      }
      return fresh;
    }
  }
}
