package io.convlens.filter;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Pairs of filters of one group that point in the same or the opposite direction. */
final class Similarity {
  private static final Comparator<Filters.Pair> IN_ORDER =
      Comparator.comparingInt(Filters.Pair::first).thenComparingInt(Filters.Pair::second);

  private final FilterBank bank;
  private final List<FilterScores> scores;
  private final Set<Integer> idle;
  private final List<Filters.Pair> duplicates = new ArrayList<>();
  private final List<Filters.Pair> opposites = new ArrayList<>();

  /**
   * Compares all with all.
   *
   * @param idle filters that are too small to have a direction
   * @param least the cosine from which on directions are the same
   */
  Similarity(FilterBank bank, List<FilterScores> scores, List<Integer> idle, double least) {
    this.bank = bank;
    this.scores = scores;
    this.idle = new HashSet<>(idle);
    IntStream.range(0, bank.count())
        .parallel()
        .boxed()
        .flatMap(k -> similar(k, least))
        .sorted(IN_ORDER)
        .forEachOrdered(p -> (cosine(p.first(), p.second()) > 0 ? duplicates : opposites).add(p));
  }

  private Stream<Filters.Pair> similar(int first, double least) {
    int perGroup = bank.count() / bank.groups();
    int end = (first / perGroup + 1) * perGroup;
    return IntStream.range(first + 1, end)
        .filter(k -> !idle.contains(first) && !idle.contains(k))
        .filter(k -> Math.abs(cosine(first, k)) >= least)
        .mapToObj(k -> new Filters.Pair(first, k));
  }

  private double cosine(int a, int b) {
    int from = bank.start(a);
    int other = bank.start(b);
    double product = 0;
    for (int i = 0; i < bank.size(); i++) {
      product += (double) bank.weights()[from + i] * bank.weights()[other + i];
    }
    return product / scores.get(a).norm() / scores.get(b).norm();
  }

  List<Filters.Pair> duplicates() {
    return duplicates;
  }

  List<Filters.Pair> opposites() {
    return opposites;
  }
}
