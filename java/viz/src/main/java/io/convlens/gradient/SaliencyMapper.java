package io.convlens.gradient;

import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Predictions;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A method that is prepared for inputs of one size. For one thread at a time. Close it before its
 * network.
 */
public final class SaliencyMapper implements AutoCloseable {
  /** Of the range of a picture's values: SmoothGrad's authors suggest 0.1 to 0.2. */
  private static final double USUAL_NOISE = 0.15;

  /** Where steps are chosen: so many first, then twice as many, and so on. */
  private static final int FIRST_STEPS = 16;

  private static final int MOST_STEPS = 1024;

  /** Where steps are chosen: how near the shares must come to the difference of scores. */
  private static final double GOOD_GAP = 0.01;

  private final SaliencyOptions options;
  private final SizedNetwork network;
  private final boolean channelsLast;
  private final Shape one;
  private final Value input;

  /** Whose elements get the shares. */
  private final Value to;

  /** The layer whose channels are weighed, where that is the method. */
  private final Optional<Value> channels;

  private final GradientPass pass;
  private final Optional<GradientPass> guided;

  SaliencyMapper(SizedNetwork network, SaliencyOptions options) {
    this.options = options;
    this.network = network;
    Graph graph = network.graph();
    this.input = graph.input();
    Shape shape = input.shape();
    this.one = shape.rank() == 0 ? shape : shape.with(0, 1);
    this.channelsLast = shape.rank() == 4 && network.network().pictureInput().channelAxis() == 3;
    checkTarget();
    Method method = options.method();
    if (options.relu() && !method.isCam()) {
      throw new UnusableOptionException("relu goes with Grad-CAM and its kind, not " + method);
    }
    if (options.layer().isPresent() && !method.takesLayer()) {
      throw new UnusableOptionException(method + " is of the input: it takes no layer");
    }
    this.channels =
        method.readsChannels()
            ? Optional.of(CamLayer.of(graph, options.layer(), one))
            : Optional.empty();
    this.to = method.readsChannels() ? input : options.layer().map(this::layer).orElse(input);
    Value first = channels.orElse(to);
    GradientRule rule = method.readsChannels() ? GradientRule.GRADIENT : method.rule();
    this.pass = new GradientPass(network, options.score(), Set.of(first), rule, inputsAPicture());
    try {
      this.guided =
          method == Method.GUIDED_GRAD_CAM
              ? Optional.of(
                  new GradientPass(network, options.score(), Set.of(input), method.rule(), 1))
              : Optional.empty();
    } catch (RuntimeException | Error e) {
      pass.close();
      throw e;
    }
  }

  private long inputsAPicture() {
    return switch (options.method()) {
      case SMOOTHGRAD, VARGRAD -> options.samples();
      case INTEGRATED_GRADIENTS -> options.steps().orElse(FIRST_STEPS) + 2L;
      default -> 1;
    };
  }

  private void checkTarget() {
    int classes = network.classes();
    if (options.target().isPresent()
        && (options.target().getAsInt() < 0 || options.target().getAsInt() >= classes)) {
      throw new UnusableOptionException(
          "target %d is not among the network's classes 0 to %d"
              .formatted(options.target().getAsInt(), classes - 1));
    }
  }

  private Value layer(String name) {
    Layer layer = network.graph().layer(name);
    if (layer.value() == null) {
      throw new UnusableOptionException("layer '" + name + "' does not depend on the picture");
    }
    return layer.value();
  }

  /** The shape of each attribution: {@code [C,H,W]}, or {@code [1,h,w]} of a Grad-CAM. */
  public Shape shape() {
    if (options.method().isCam()) {
      Shape layer = channels.orElseThrow().shape();
      return Shape.of(1, layer.dim(2), layer.dim(3));
    }
    long[] dims = to.shape().dims();
    long[] own = dims.length == 0 ? dims : Arrays.copyOfRange(dims, 1, dims.length);
    Shape s = Shape.of(own);
    return isTurned() ? s.permute(2, 0, 1) : s;
  }

  /** Whether what is shared out is a picture whose channels are last. */
  private boolean isTurned() {
    return channelsLast && to == input;
  }

  /**
   * The attribution of one picture, for the class that the options say.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index which of them
   */
  public Attribution map(Tensor pictures, int index) {
    return map(pictures, index, options.target());
  }

  /** Likewise for a class of the caller's choice. */
  public Attribution map(Tensor pictures, int index, int target) {
    return map(pictures, index, OptionalInt.of(target));
  }

  private Attribution map(Tensor pictures, int index, OptionalInt wanted) {
    int size = Math.toIntExact(one.size());
    float[] x = new float[size];
    int target;
    float score;
    try (Tensor picture = Tensor.zeros(one)) {
      picture.copyFrom(pictures, (long) index * size, 0, size);
      picture.copyTo(x, 0, size);
      Predictions said = network.predict(picture);
      target = wanted.orElseGet(() -> said.best(0));
      score = said.score(0, target, options.score());
    }
    return new Shares(x, target, score).map();
  }

  /** One picture's attribution, while it is made. */
  private final class Shares {
    private final float[] x;
    private final int target;
    private final float score;

    Shares(float[] x, int target, float score) {
      this.x = x;
      this.target = target;
      this.score = score;
    }

    Attribution map() {
      return switch (options.method()) {
        case GRADIENT, DECONVNET, GUIDED_BACKPROP -> finished(gradient(pass, to));
        case INPUT_X_GRADIENT -> {
          float[] g = gradient(pass, to);
          yield finished(product(g, to == input ? x : pass.value(to, 1)));
        }
        case SMOOTHGRAD -> finished(noisy().mean());
        case VARGRAD -> finished(noisy().variance());
        case INTEGRATED_GRADIENTS -> integrated();
        case GRAD_CAM, GRAD_CAM_PLUS_PLUS, LAYER_CAM -> {
          float[] map = cam(options.method());
          if (options.relu()) {
            ChannelWeighing.relu(map);
          }
          yield finished(map);
        }
        case GUIDED_GRAD_CAM -> finished(guidedCam());
      };
    }

    private Attribution finished(float[] values) {
      return new Attribution(shape(), turned(values), target, score, Optional.empty());
    }

    /** Channels first, whatever the network takes. */
    private float[] turned(float[] values) {
      if (!isTurned()) {
        return values;
      }
      int c = one.intDim(3);
      int places = values.length / c;
      float[] planes = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        planes[i % c * places + i / c] = values[i];
      }
      return planes;
    }

    private float[] gradient(GradientPass by, Value of) {
      by.put(0, x);
      by.run(1, target);
      return by.gradient(of, 1);
    }

    private static float[] product(float[] a, float[] b) {
      float[] product = new float[a.length];
      for (int i = 0; i < a.length; i++) {
        product[i] = a[i] * b[i];
      }
      return product;
    }

    private float[] cam(Method how) {
      Value layer = channels.orElseThrow();
      float[] g = gradient(pass, layer);
      return ChannelWeighing.map(how, pass.value(layer, 1), g, layer.shape().intDim(1));
    }

    private float[] guidedCam() {
      float[] map = cam(Method.GRAD_CAM);
      ChannelWeighing.relu(map);
      float[] g = gradient(guided.orElseThrow(), input);
      Shape layer = channels.orElseThrow().shape();
      int rows = one.intDim(channelsLast ? 1 : 2);
      int columns = one.intDim(channelsLast ? 2 : 3);
      int c = one.intDim(channelsLast ? 3 : 1);
      for (int i = 0; i < g.length; i++) {
        int place = channelsLast ? i / c : i % (rows * columns);
        int y = (int) ((long) (place / columns) * layer.dim(2) / rows);
        int xx = (int) ((long) (place % columns) * layer.dim(3) / columns);
        g[i] *= map[y * layer.intDim(3) + xx];
      }
      return g;
    }

    private Moments noisy() {
      var noise = new Noise(options.seed());
      double sigma = options.sigma().orElseGet(this::usualSigma);
      var moments = new Moments(x.length);
      for (int first = 0; first < options.samples(); first += pass.batch()) {
        int count = Math.min(pass.batch(), options.samples() - first);
        for (int row = 0; row < count; row++) {
          pass.put(row, noisy(noise, first + row, sigma));
        }
        pass.run(count, target);
        moments.add(pass.gradient(input, count), count);
      }
      return moments;
    }

    private double usualSigma() {
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (float v : x) {
        low = Math.min(low, v);
        high = Math.max(high, v);
      }
      return USUAL_NOISE * ((double) high - low);
    }

    private float[] noisy(Noise noise, int sample, double sigma) {
      float[] copy = x.clone();
      for (int i = 0; i < copy.length; i++) {
        copy[i] += (float) (sigma * noise.normal(sample, i));
      }
      return copy;
    }

    private Attribution integrated() {
      double difference = score - baselineScore();
      int steps = options.steps().orElse(FIRST_STEPS);
      Attribution found = integrated(steps, difference);
      while (options.steps().isEmpty()
          && steps < MOST_STEPS
          && Math.abs(found.completeness().orElseThrow().gap()) > GOOD_GAP * Math.abs(difference)) {
        steps *= 2;
        found = integrated(steps, difference);
      }
      return found;
    }

    private float baselineScore() {
      float[] baseline = new float[x.length];
      Arrays.fill(baseline, options.baseline());
      pass.put(0, baseline);
      pass.run(1, target);
      return pass.score(0, target);
    }

    private Attribution integrated(int steps, double difference) {
      Quadrature.Nodes nodes = options.rule().nodes(steps);
      double[] sums = new double[x.length];
      for (int first = 0; first < nodes.places().length; first += pass.batch()) {
        int count = Math.min(pass.batch(), nodes.places().length - first);
        for (int row = 0; row < count; row++) {
          pass.put(row, between(nodes.places()[first + row]));
        }
        pass.run(count, target);
        float[] g = pass.gradient(input, count);
        for (int row = 0; row < count; row++) {
          double weight = nodes.weights()[first + row];
          for (int i = 0; i < x.length; i++) {
            sums[i] += weight * g[row * x.length + i];
          }
        }
      }
      float[] shares = new float[x.length];
      double total = 0;
      for (int i = 0; i < x.length; i++) {
        shares[i] = (float) (sums[i] * ((double) x[i] - options.baseline()));
        total += shares[i];
      }
      var completeness = new Attribution.Completeness(difference, total - difference, steps);
      return new Attribution(shape(), turned(shares), target, score, Optional.of(completeness));
    }

    private float[] between(double place) {
      float[] at = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        at[i] = (float) (options.baseline() + place * ((double) x[i] - options.baseline()));
      }
      return at;
    }
  }

  @Override
  public void close() {
    pass.close();
    guided.ifPresent(GradientPass::close);
  }
}
