package io.convlens.top;

import io.convlens.activation.LayerTally;
import io.convlens.activation.Reading;
import io.convlens.activation.TappedLayer;
import io.convlens.engine.Statistic;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the best pictures of each probe of a layer while pictures pass. A picture counts once a
 * probe. Maps stay on the device: of each, a value and a place come back. Memory is k entries a
 * probe. Pictures come in order; not safe from several threads. Close it when the last pass is
 * done: what it found stays.
 */
public final class TopTally implements LayerTally, AutoCloseable {
  /** Directions whose maps are there at once. */
  private static final int DIRECTIONS = 64;

  /**
   * What is read, and of which probes.
   *
   * @param first the first probe, or the first channel of all where units are looked for
   * @param isPeak whether pictures are ranked when this comes; else it is kept until then
   */
  private record Part(Reading.Numbers reading, int first, boolean isPeak) {}

  private final TappedLayer layer;
  private final Probes probes;
  private final int k;
  private final RankBy by;
  private final List<List<Hit>> best = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final List<Tensor> directions = new ArrayList<>();

  /** The numbers at the percentile's rank, until their peaks come. */
  private float[] beside = {};

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
    switch (probes) {
      case Probes.Units _ -> addParts(0, Optional.empty());
      case Probes.Directions d -> {
        for (int from = 0; from < d.count(); from += DIRECTIONS) {
          Tensor some = d.tensor(from, Math.min(d.count(), from + DIRECTIONS));
          directions.add(some);
          addParts(from, Optional.of(some));
        }
      }
    }
  }

  private void addParts(int first, Optional<Tensor> vectors) {
    by.beside(layer).ifPresent(s -> addPart(s, vectors, first, false));
    addPart(by.peak(layer), vectors, first, true);
  }

  private void addPart(Statistic statistic, Optional<Tensor> vectors, int first, boolean isPeak) {
    Statistic read = vectors.map(statistic::along).orElse(statistic);
    parts.add(new Part(new Reading.Numbers(layer, read), first, isPeak));
  }

  /** The layer. */
  public TappedLayer layer() {
    return layer;
  }

  /** What is looked for. */
  public Probes probes() {
    return probes;
  }

  @Override
  public List<Reading> readings() {
    return parts.stream().<Reading>map(Part::reading).toList();
  }

  @Override
  public void take(int reading, float[] numbers, int first, int count) {
    Part part = parts.get(reading);
    if (!part.isPeak()) {
      int size = count * Math.toIntExact(part.reading().size());
      if (beside.length < size) {
        beside = new float[size];
      }
      System.arraycopy(numbers, 0, beside, 0, size);
      return;
    }
    int maps = part.reading().statistic().output().shape().intDim(2);
    int each = Math.toIntExact(part.reading().size());
    boolean hasBeside = reading > 0 && !parts.get(reading - 1).isPeak();
    int eachBeside = hasBeside ? Math.toIntExact(parts.get(reading - 1).reading().size()) : 0;
    for (int i = 0; i < count; i++) {
      int ofPicture = i * each;
      int ranked =
          hasBeside ? i * eachBeside + Statistic.AT_RANK * maps : ofPicture + by.number() * maps;
      for (int probe = part.first(); probe < end(part, maps); probe++) {
        int map = probes instanceof Probes.Units ? probes.number(probe) : probe - part.first();
        float number = (hasBeside ? beside : numbers)[ranked + map];
        // Never -0.0, which would be written so.
        float value = by.of(number, layer.places()) + 0f;
        List<Hit> hits = best.get(probe);
        if (hits.size() < k || value > hits.getLast().value()) {
          int place = (int) numbers[ofPicture + Statistic.PLACE * maps + map];
          add(hits, new Hit(first + i, value, place));
        }
      }
    }
  }

  private int end(Part part, int maps) {
    return probes instanceof Probes.Units ? probes.count() : part.first() + maps;
  }

  private void add(List<Hit> hits, Hit hit) {
    int at = hits.size();
    while (at > 0 && hits.get(at - 1).value() < hit.value()) {
      at--;
    }
    hits.add(at, hit);
    if (hits.size() > k) {
      hits.removeLast();
    }
  }

  /** A probe's pictures, best first, equals in the order of the pictures. */
  public List<Hit> best(int probe) {
    return List.copyOf(best.get(probe));
  }

  /** Frees directions. */
  @Override
  public void close() {
    directions.forEach(Tensor::close);
  }
}
