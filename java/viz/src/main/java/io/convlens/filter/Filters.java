package io.convlens.filter;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What a layer's filters look like, and what that says of its training: well trained filters of a
 * first layer are smooth, and noisy ones hint at too little training or regularisation (Karpathy,
 * "CS231n", Visualizing what ConvNets learn).
 *
 * @param bank the filters
 * @param scores one a filter
 * @param nearZero filters whose norm is less than a twentieth of the median one
 * @param nearDuplicates pairs of others whose weights are the same up to a positive factor
 * @param opposites pairs whose weights are the same up to a negative factor
 * @param sameSpectrum each filter beside noise of its own spectrum
 * @param whiteNoise what white noise in filters of this shape has on average
 */
public record Filters(
    FilterBank bank,
    List<FilterScores> scores,
    List<Integer> nearZero,
    List<Pair> nearDuplicates,
    List<Pair> opposites,
    List<SameSpectrum> sameSpectrum,
    WhiteNoise whiteNoise) {
  /**
   * What white noise scores.
   *
   * @param smoothness as that of filters
   * @param unpredicted the share of its energy that neighbours don't predict
   */
  public record WhiteNoise(double smoothness, double unpredicted) {}

  /** Two filters, the first one first. */
  public record Pair(int first, int second) {}

  /** The share of the median norm below which a filter hardly does anything. */
  private static final double NEAR_ZERO = 0.05;

  /** The cosine of the angle between near-duplicates: a seventh of one's length apart. */
  private static final double NEAR_DUPLICATE = 0.99;

  /** Weights a filter below which noise can't be told from a pattern. */
  private static final int TOO_FEW = 16;

  /** At this score, and above, a filter counts as noisy. */
  private static final double NOISY = 0.7;

  /** At this score, and below, a filter counts as smooth. */
  private static final double SMOOTH = 0.45;

  /** Energy that differs between the channels, above which a filter counts as coloured. */
  private static final double COLOURED = 0.2;

  /** Filters of white noise that are scored to know what noise scores. */
  private static final int NOISE_FILTERS = 200;

  /** No noise filter needs more channels than this to be scored well. */
  private static final int NOISE_CHANNELS = 16;

  /** Copies the lists. */
  public Filters {
    scores = List.copyOf(scores);
    nearZero = List.copyOf(nearZero);
    nearDuplicates = List.copyOf(nearDuplicates);
    opposites = List.copyOf(opposites);
    sameSpectrum = List.copyOf(sameSpectrum);
  }

  /** Looks at all filters of a layer. */
  public static Filters of(FilterBank bank) {
    WhiteNoise white = whiteNoise(bank);
    List<FilterScores> scores =
        IntStream.range(0, bank.count()).parallel().mapToObj(k -> scores(bank, k, white)).toList();
    List<Integer> idle = nearZero(scores);
    var similar = new Similarity(bank, scores, idle, NEAR_DUPLICATE);
    var phases = new SameSpectrum.Phases(bank.height(), bank.width());
    List<SameSpectrum> same =
        IntStream.range(0, bank.count())
            .parallel()
            .mapToObj(k -> SameSpectrum.of(bank, k, phases, white))
            .toList();
    return new Filters(bank, scores, idle, similar.duplicates(), similar.opposites(), same, white);
  }

  private static FilterScores scores(FilterBank bank, int filter, WhiteNoise white) {
    double square = 0;
    for (int i = bank.start(filter); i < bank.start(filter + 1); i++) {
      square += (double) bank.weights()[i] * bank.weights()[i];
    }
    var neighbours = new Neighbours(bank);
    Spectrum spectrum = Spectrum.of(bank, filter);
    return new FilterScores(
        Math.sqrt(square),
        1 - neighbours.roughness(filter) / 2,
        white.unpredicted() > 0 ? neighbours.unpredicted(filter) / white.unpredicted() : 0,
        spectrum.frequency(),
        spectrum.orientation(),
        spectrum.coherence(),
        bank.channels() == 3 ? colourfulness(bank, filter) : Double.NaN);
  }

  private static double colourfulness(FilterBank bank, int filter) {
    int places = bank.size() / 3;
    int start = bank.start(filter);
    double all = 0;
    double grey = 0;
    for (int i = start; i < start + places; i++) {
      double a = bank.weights()[i];
      double b = bank.weights()[i + places];
      double c = bank.weights()[i + 2 * places];
      all += a * a + b * b + c * c;
      grey += (a + b + c) * (a + b + c) / 3;
    }
    return all == 0 ? 0 : Math.clamp(1 - grey / all, 0.0, 1.0);
  }

  private static List<Integer> nearZero(List<FilterScores> scores) {
    double[] norms = scores.stream().mapToDouble(FilterScores::norm).sorted().toArray();
    double median = norms[norms.length / 2];
    double typical = median > 0 ? median : norms[norms.length - 1];
    return IntStream.range(0, scores.size())
        .filter(k -> scores.get(k).norm() == 0 || scores.get(k).norm() < NEAR_ZERO * typical)
        .boxed()
        .toList();
  }

  private static WhiteNoise whiteNoise(FilterBank like) {
    int channels = Math.min(like.channels(), NOISE_CHANNELS);
    var shape = Shape.of(NOISE_FILTERS, channels, like.height(), like.width());
    float[] weights = new float[(int) shape.size()];
    var random = new Random(1);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian();
    }
    var bank = new FilterBank("white noise", shape, 1, weights);
    var neighbours = new Neighbours(bank);
    double roughness = 0;
    double noise = 0;
    for (int k = 0; k < NOISE_FILTERS; k++) {
      roughness += neighbours.roughness(k) / NOISE_FILTERS;
      noise += neighbours.unpredicted(k) / NOISE_FILTERS;
    }
    return new WhiteNoise(1 - roughness / 2, noise);
  }

  /** Filters of three channels that are as good as grey; empty where channels are no colours. */
  public List<Integer> grey() {
    return colours(false);
  }

  /** Filters of three channels that are not grey. */
  public List<Integer> coloured() {
    return colours(true);
  }

  private List<Integer> colours(boolean coloured) {
    return IntStream.range(0, scores.size())
        .filter(k -> !Double.isNaN(scores.get(k).colourfulness()))
        .filter(k -> scores.get(k).colourfulness() > COLOURED == coloured)
        .boxed()
        .toList();
  }

  /** The median over filters that are not idle. */
  private <T> double median(List<T> all, ToDoubleFunction<T> figure) {
    double[] values =
        IntStream.range(0, all.size())
            .filter(k -> !nearZero.contains(k))
            .mapToObj(all::get)
            .mapToDouble(figure)
            .sorted()
            .toArray();
    return values.length == 0 ? 0 : values[values.length / 2];
  }

  /** What the filters say, starting with one word, with the figures that it rests on. */
  public String verdict() {
    List<String> parts = new ArrayList<>();
    if (nearZero.size() == scores.size()) {
      return "idle: all filters are near zero";
    }
    if (bank.height() * bank.width() == 1) {
      parts.add("pointwise: kernels of one weight a channel are neither smooth nor noisy");
    } else {
      parts.add(smoothOrNoisy());
    }
    if (!nearZero.isEmpty()) {
      parts.add("%d of %d near zero".formatted(nearZero.size(), scores.size()));
    }
    if (!nearDuplicates.isEmpty()) {
      parts.add("%d pairs of near-duplicates".formatted(nearDuplicates.size()));
    }
    return String.join("; ", parts);
  }

  private String smoothOrNoisy() {
    double noise = median(scores, FilterScores::noise);
    String figures =
        String.format(
            Locale.ROOT,
            "median smoothness %.2f and noise %.2f, where white noise in filters of this size has"
                + " %.2f and 1; energy in the densest quarter %.2f, in noise of the same spectrum"
                + " %.2f",
            median(scores, FilterScores::smoothness),
            noise,
            whiteNoise.smoothness(),
            median(sameSpectrum, SameSpectrum::concentration),
            median(sameSpectrum, SameSpectrum::ofNoise));
    if (noise <= SMOOTH) {
      return "smooth: " + figures;
    }
    if (bank.size() < TOO_FEW) {
      return "unclear: %s; %d weights a filter are too few to tell".formatted(figures, bank.size());
    }
    if (noise >= NOISY) {
      return "noisy: " + figures + "; trained too briefly, regularised too little, or not at all";
    }
    long noisy = scores.stream().filter(s -> s.noise() >= NOISY).count();
    return "mixed: %s; %d of %d filters are as good as noise"
        .formatted(figures, noisy, scores.size());
  }

  /** Indices from the smoothest to the noisiest filter, idle ones last. */
  public List<Integer> bySmoothness() {
    Integer[] order = new Integer[scores.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        Comparator.comparing((Integer k) -> nearZero.contains(k))
            .thenComparingDouble(k -> scores.get(k).noise()));
    return List.of(order);
  }
}
