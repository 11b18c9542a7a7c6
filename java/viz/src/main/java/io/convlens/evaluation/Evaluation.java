package io.convlens.evaluation;

import io.convlens.gradient.GaussianBlur;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.graph.PixelBox;
import io.convlens.graph.RandomisedWeights;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Measures methods' maps of some pictures, each beside two controls: a random map, and the
 * picture's edges, which no network has seen.
 *
 * <pre>{@code
 * try (var evaluation = new Evaluation(net, Shape.of(1, 3, 224, 224), EvaluationOptions.DEFAULT)) {
 *   evaluation.add(SaliencyOptions.DEFAULT.method(Method.SMOOTHGRAD));
 *   List<Verdict> verdicts = evaluation.run(pictures, target, boxes, EvaluationListener.NONE);
 * }
 * }</pre>
 *
 * <p>All maps are asked the same questions: sets of pixels are drawn once a picture. Deletion and
 * insertion follow the class's probability, sensitivity-n and infidelity its logit, as their
 * authors do.
 *
 * <p>For one thread at a time. Close it before its network.
 */
public final class Evaluation implements AutoCloseable {
  /** Sizes of sensitivity-n's sets, as parts of all pixels: Ancona et al. go up to 0.8. */
  private static final List<Double> SET_SIZES = List.of(0.01, 0.03, 0.1, 0.3, 0.6);

  private final EvaluationOptions options;
  private final SizedNetwork network;
  private final Places places;
  private final Scores scores;
  private final float[] filled;
  private final Curves curves;
  private final RemovalDraws removals;
  private final List<VerdictBuilder> methods = new ArrayList<>();

  /** What the pictures are of, one an element; filled while they are looked at. */
  private final List<Integer> targets = new ArrayList<>();

  /**
   * For pictures of one size.
   *
   * @param input {@code [N,C,H,W]}, as the network takes it; N doesn't matter
   * @throws io.convlens.io.UnusableOptionException if the network takes no pictures
   */
  public Evaluation(Network network, Shape input, EvaluationOptions options) {
    this.options = options;
    this.network = network.sized(input);
    this.places = Places.of(this.network);
    this.scores = new Scores(this.network);
    this.filled = new float[places.count() * places.channels()];
    Arrays.fill(filled, options.fill());
    this.curves = new Curves(places, scores, options.steps());
    this.removals = new RemovalDraws(places, scores, filled);
  }

  /**
   * Adds a method of ours.
   *
   * @throws io.convlens.io.UnusableOptionException if it does not fit the network, or gives no maps
   */
  public void add(SaliencyOptions method) {
    add(new MethodExplainer(network, method, options.fill()));
  }

  /**
   * Adds finished maps, a map a picture in the pictures' order; they have no max-sensitivity and no
   * randomisation, which ask again.
   *
   * @param maps {@code [N,h,w]} or {@code [N,C,h,w]}, channels to be summed; read while this runs,
   *     closed by the caller
   */
  public void add(String name, Npy.Reader maps) {
    add(new ArrayExplainer(name, maps, places.height(), places.width()));
  }

  private void add(Explainer explainer) {
    methods.add(new VerdictBuilder(explainer));
  }

  /** The sizes of sensitivity-n's sets, as parts of all pixels. */
  public static List<Double> setSizes() {
    return SET_SIZES;
  }

  /** What the pictures were asked about, after {@link #run}. */
  public List<Integer> targets() {
    return List.copyOf(targets);
  }

  /**
   * Measures everything, and the controls after all that was added.
   *
   * @param target the class; absent for the best of each picture
   * @param boxes where each picture shows it; an empty list for pictures without
   * @throws UnusableInputException if a picture has another size than the first, or its score or a
   *     map of it is no number
   * @throws io.convlens.io.UnusableOptionException if there is no such class
   */
  public List<Verdict> run(
      PictureSet pictures,
      OptionalInt target,
      List<List<PixelBox>> boxes,
      EvaluationListener listener) {
    target.ifPresent(network::checkTarget);
    add(new RandomExplainer(places, options.seed()));
    add(new EdgeExplainer(places));
    int sane = Math.min(options.sanityPictures(), pictures.count());
    List<Integer> stages = wants(Metric.RANDOMISATION) ? stages() : List.of();
    long all = pictures.count() + (long) stages.size();
    List<Query> kept = new ArrayList<>();
    for (int i = 0; i < pictures.count(); i++) {
      Query query = query(pictures, i, target);
      measure(query, pictures.source(i), boxes.get(i), i < sane);
      if (i < sane) {
        kept.add(query);
      }
      listener.at(i + 1L, all);
    }
    for (int s = 0; s < stages.size(); s++) {
      randomise(stages.get(s), kept);
      listener.at(pictures.count() + s + 1L, all);
    }
    return methods.stream().map(VerdictBuilder::verdict).toList();
  }

  private boolean wants(Metric metric) {
    return options.metrics().contains(metric);
  }

  private Query query(PictureSet pictures, int index, OptionalInt target) {
    try (Tensor picture = pictures.tensor(index)) {
      Shape needed = network.graph().input().shape().with(0, 1);
      if (!picture.shape().equals(needed)) {
        throw new UnusableInputException(
            pictures.source(index),
            "becomes an input of %s, the first picture %s: one size a run"
                .formatted(picture.shape(), needed));
      }
      Predictions said = network.predict(picture);
      int followed = target.orElseGet(() -> said.best(0));
      if (!Float.isFinite(said.score(0, followed, ScoreKind.LOGIT))) {
        throw new UnusableInputException(
            pictures.source(index), "the network's score for it is no finite number");
      }
      targets.add(followed);
      return new Query(index, 0, picture.toArray(), followed);
    }
  }

  private void measure(Query query, String source, List<PixelBox> boxes, boolean keep) {
    float[] blurred = blurred(query.input());
    List<Removals> scattered = wants(Metric.SENSITIVITY_N) ? scattered(query) : List.of();
    List<Removals> squares =
        wants(Metric.INFIDELITY)
            ? List.of(
                removals.squares(query.input(), query.target(), options.trials(), seed(query, -1)))
            : List.of();
    for (VerdictBuilder method : methods) {
      Explanation said = method.explainer().explain(query);
      check(said, method.explainer().name(), source);
      if (keep) {
        method.kept.add(said.relevance());
      }
      int[] order = said.relevance().order(seed(query, -2));
      if (wants(Metric.DELETION)) {
        method.deletion.add(curves.curve(query.input(), filled, order, query.target()));
      }
      if (wants(Metric.INSERTION)) {
        method.insertion.add(curves.curve(blurred, query.input(), order, query.target()));
      }
      if (wants(Metric.POINTING) && !boxes.isEmpty()) {
        method.hits.add(new Pointing(options.tolerance()).hits(said.relevance(), boxes));
      }
      if (!scattered.isEmpty()) {
        method.correlations.add(scattered.stream().map(r -> r.correlation(said.shares())).toList());
      }
      squares.forEach(r -> method.infidelity.add(r.infidelity(said.shares())));
      if (wants(Metric.MAX_SENSITIVITY) && method.explainer().canBeAskedAgain()) {
        var noise = new MaxSensitivity(options.radius(), options.draws(), options.seed());
        method.maxSensitivity.add(noise.of(method.explainer(), query, said));
      }
    }
  }

  private static void check(Explanation said, String method, String source) {
    for (float v : said.values()) {
      if (!Float.isFinite(v)) {
        throw new UnusableInputException(source, "its map by " + method + " holds " + v);
      }
    }
  }

  private float[] blurred(float[] input) {
    float[] blurred = input.clone();
    int reach = (int) Math.max(1, Math.rint(options.blur()));
    var blur = new GaussianBlur(options.blur(), reach);
    for (int c = 0; c < places.channels(); c++) {
      int step = places.channelsLast() ? places.channels() : 1;
      blur.blur(blurred, places.index(0, c), step, places.height(), places.width());
    }
    return blurred;
  }

  private List<Removals> scattered(Query query) {
    List<Removals> all = new ArrayList<>();
    for (int i = 0; i < SET_SIZES.size(); i++) {
      int size = (int) Math.max(1, Math.rint(SET_SIZES.get(i) * places.count()));
      all.add(
          removals.scattered(
              query.input(), query.target(), size, options.trials(), seed(query, i)));
    }
    return all;
  }

  private long seed(Query query, int purpose) {
    return (options.seed() * 31 + query.picture()) * 31 + purpose;
  }

  /** How many layers are randomised at each stage: evenly up to all, and never the same twice. */
  private List<Integer> stages() {
    int layers = RandomisedWeights.layers(network.graph()).size();
    int count = Math.min(options.stages(), layers);
    List<Integer> all = new ArrayList<>();
    for (int s = 1; s <= count; s++) {
      all.add((int) ((long) s * layers / count));
    }
    return all;
  }

  private void randomise(int layers, List<Query> queries) {
    String last = RandomisedWeights.layers(network.graph()).get(layers - 1);
    try (RandomisedWeights weights = RandomisedWeights.of(network.graph(), layers, options.seed());
        SizedNetwork forgetful = network.with(weights.graph())) {
      for (VerdictBuilder method : methods) {
        if (!method.explainer().canBeAskedAgain()) {
          continue;
        }
        double[] signed = new double[queries.size()];
        double[] absolute = new double[queries.size()];
        try (Explainer explainer = method.explainer().of(forgetful)) {
          for (Query q : queries) {
            PixelMap own = method.kept.get(q.picture());
            PixelMap other = explainer.explain(q).relevance();
            signed[q.picture()] = Correlation.spearman(own.values(), other.values());
            absolute[q.picture()] =
                Correlation.spearman(own.absolute().values(), other.absolute().values());
          }
        }
        method.stages.add(
            new Verdict.Stage(layers, last, Correlation.mean(signed), Correlation.mean(absolute)));
      }
    }
  }

  @Override
  public void close() {
    methods.forEach(m -> m.explainer().close());
  }
}
