package io.convlens.top;

import io.convlens.activation.TappedLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Keeps the best pictures of each probe of a layer while pictures pass. A picture counts once a
 * probe. Memory is k entries a probe. Pictures come in order; not safe from several threads.
 */
public final class TopTally {
  private final TappedLayer layer;
  private final Probes probes;
  private final int k;
  private final RankBy by;
  private final List<List<Hit>> best = new ArrayList<>();

  /**
   * Nothing seen yet.
   *
   * @param k how many are kept, 1 or more
   */
  public TopTally(TappedLayer layer, Probes probes, int k, RankBy by) {
    this.layer = layer;
    this.probes = probes;
    this.k = k;
    this.by = by;
    for (int i = 0; i < probes.count(); i++) {
      best.add(new ArrayList<>());
    }
  }

  /** The layer. */
  public TappedLayer layer() {
    return layer;
  }

  /** What is looked for. */
  public Probes probes() {
    return probes;
  }

  /**
   * Takes in pictures.
   *
   * @param values {@code [count,C,places]} from the array's start
   * @param first the first picture's index
   */
  public void add(float[] values, int first, int count) {
    int size = Math.toIntExact(layer.shape().size());
    // Probes keep apart from each other: each is one thread's business.
    IntStream.range(0, probes.count())
        .parallel()
        .forEach(
            probe -> {
              for (int i = 0; i < count; i++) {
                add(probe, values, i * size, first + i);
              }
            });
  }

  private void add(int probe, float[] values, int from, int index) {
    switch (probes) {
      case Probes.Units units ->
          add(best.get(probe), values, from + units.number(probe) * layer.places(), index);
      case Probes.Directions directions -> {
        float[] map = new float[layer.places()];
        directions.map(probe, values, from, map);
        add(best.get(probe), map, 0, index);
      }
    }
  }

  private void add(List<Hit> hits, float[] values, int from, int index) {
    float largest = largest(values, from, layer.places());
    // Never -0.0, which would be written so.
    float value = by.of(values, from, layer.places(), largest) + 0f;
    if (hits.size() == k && value <= hits.getLast().value()) {
      return;
    }
    int place = 0;
    while (values[from + place] < largest) {
      place++;
    }
    int at = hits.size();
    while (at > 0 && hits.get(at - 1).value() < value) {
      at--;
    }
    hits.add(at, new Hit(index, value, place));
    if (hits.size() > k) {
      hits.removeLast();
    }
  }

  /** A loop of its own, which runs on vectors. */
  private static float largest(float[] values, int from, int places) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int p = from; p < from + places; p++) {
      largest = Math.max(largest, values[p]);
    }
    return largest;
  }

  /** A probe's pictures, best first, equals in the order of the pictures. */
  public List<Hit> best(int probe) {
    return List.copyOf(best.get(probe));
  }
}
