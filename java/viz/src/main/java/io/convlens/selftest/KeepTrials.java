package io.convlens.selftest;

import io.convlens.device.Buffer;
import io.convlens.device.CounterNoise;
import io.convlens.device.Device;
import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.SampleSpec;
import io.convlens.device.SampleSpec.Between;
import io.convlens.device.SampleSpec.Noisy;
import io.convlens.device.Sampler;
import io.convlens.device.ScoreKeeper.Kept;
import io.convlens.device.ScoreSpec;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** What a device makes and keeps by itself while a sweep or a sampling runs. */
final class KeepTrials {
  private static final String SOURCE = "general";
  private static final String WAY = "convlens";
  private static final int POSITIONS = 9;
  private static final int CLASSES = 1000;
  private static final double SUMS = 1e-5;

  private static final int SAMPLES = 7;
  private static final int BATCH = 3;
  private static final int CHANNELS = 3;
  private static final int PLACES = 35;
  private static final int ELEMENTS = CHANNELS * PLACES;
  private static final double SIGMA = 0.3;

  private final Device device;
  private final Device reference;
  private final Consumer<Finding> sink;

  KeepTrials(Device device, Device reference, Consumer<Finding> sink) {
    this.device = device;
    this.reference = reference;
    this.sink = sink;
  }

  void run() {
    occlusion();
    for (boolean softmax : new boolean[] {true, false}) {
      scores(new ScoreSpec(POSITIONS, CLASSES, softmax, OptionalInt.empty(), false));
      scores(new ScoreSpec(POSITIONS, CLASSES, softmax, OptionalInt.of(7), true));
    }
    samples(new Noisy(SAMPLES, 11, SIGMA));
    List<Double> places = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      places.add((i + 0.5) / SAMPLES);
      weights.add(1.0 / (i + 2));
    }
    samples(new Between(places, weights));
  }

  private void found(String operation, String problem, double error, double tolerance) {
    sink.accept(new Finding(operation, WAY, SOURCE, problem, error, tolerance));
  }

  /** Windows that walk over a picture, made by both devices: they must be the same numbers. */
  private void occlusion() {
    MapShape map = MapShape.dense(POSITIONS, 1, 33, 29, 3);
    List<Rectangle> rectangles = new ArrayList<>();
    for (int i = 0; i < POSITIONS; i++) {
      rectangles.add(new Rectangle(3 * i, 2 * i, Math.min(33, 3 * i + 8), 2 * i + 7));
    }
    var spec = new OcclusionSpec(map, rectangles, List.of(0.5f, -0.25f, 1f));
    double error = Comparison.error(occluded(reference, spec), occluded(device, spec));
    found("occlusion", "%d positions on %s".formatted(POSITIONS, map), error, 0);
  }

  private static float[] occluded(Device on, OcclusionSpec spec) {
    MapShape map = spec.map();
    try (Buffer picture = on.allocate((long) map.h() * map.w() * map.c());
        Buffer batch = on.allocate(map.span());
        var occluder = on.prepare(spec)) {
      Comparison.upload(on, 1, false, picture);
      occluder.start(picture, batch);
      occluder.occlude(0, map.n());
      return Comparison.download(on, batch);
    }
  }

  /** The scores of rows that come in two parts, and which class counts. */
  private void scores(ScoreSpec spec) {
    Kept expected = kept(reference, spec);
    Kept actual = kept(device, spec);
    boolean alike = expected.target() == actual.target() && expected.finite() == actual.finite();
    double error = Comparison.error(expected.scores(), actual.scores());
    found("scores", spec.toString(), alike ? error : Double.POSITIVE_INFINITY, SUMS);
  }

  private static Kept kept(Device on, ScoreSpec spec) {
    int first = POSITIONS / 2;
    try (Buffer rows = on.allocate((long) POSITIONS * CLASSES);
        var keeper = on.prepare(spec)) {
      keeper.start();
      Comparison.upload(on, 1, false, rows);
      keeper.keep(rows, first);
      Comparison.upload(on, 2, false, rows);
      keeper.keep(rows, POSITIONS - first);
      return keeper.read();
    }
  }

  /** Samples and what is kept of their gradients, against plain sums; where a device makes any. */
  private void samples(SampleSpec.Samples samples) {
    List<Long> strides = List.of((long) ELEMENTS, 1L, (long) CHANNELS);
    List<Long> dims = List.of((long) CHANNELS, (long) PLACES);
    var spec = new SampleSpec(BATCH, dims, strides, strides, samples);
    device
        .sampler(spec)
        .ifPresent(
            sampler -> {
              try (sampler) {
                double error = Comparison.error(expected(samples), sampled(samples, sampler));
                found("samples", SAMPLES + " " + samples.getClass().getSimpleName(), error, SUMS);
              }
            });
  }

  /** The numbers of a seed for a picture, channels first. */
  private static float[] numbers(long seed) {
    try (Tensor values = Numbers.operand(seed, false, ELEMENTS)) {
      return values.toArray();
    }
  }

  private float[] sampled(SampleSpec.Samples samples, Sampler sampler) {
    List<float[]> all = new ArrayList<>();
    try (Buffer input = device.allocate((long) BATCH * ELEMENTS);
        Buffer gradient = device.allocate((long) BATCH * ELEMENTS);
        Tensor picture = Numbers.operand(1, false, ELEMENTS);
        Tensor baseline = Numbers.operand(2, false, ELEMENTS);
        Tensor result = Tensor.zeros(Shape.of(ELEMENTS))) {
      sampler.start(picture, baseline, input, gradient);
      for (int first = 0; first < SAMPLES; first += BATCH) {
        int count = Math.min(BATCH, SAMPLES - first);
        sampler.fill(first, count);
        float[] made = Comparison.download(device, input);
        for (int row = 0; row < count; row++) {
          all.add(channelsFirst(made, row));
          try (Tensor g = channelsLast(numbers(3 + first + row))) {
            device.upload(g, 0, ELEMENTS, gradient.slice((long) row * ELEMENTS, ELEMENTS));
          }
        }
        sampler.take(first, count);
      }
      sampler.readSum(result);
      all.add(result.toArray());
      if (samples instanceof Noisy) {
        sampler.readVariance(result);
        all.add(result.toArray());
      }
    }
    return joined(all);
  }

  private static float[] channelsFirst(float[] batch, int row) {
    float[] picture = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      picture[i] = batch[row * ELEMENTS + (i % PLACES) * CHANNELS + i / PLACES];
    }
    return picture;
  }

  private static Tensor channelsLast(float[] picture) {
    Tensor turned = Tensor.zeros(Shape.of(ELEMENTS));
    for (int i = 0; i < ELEMENTS; i++) {
      turned.set((long) (i % PLACES) * CHANNELS + i / PLACES, picture[i]);
    }
    return turned;
  }

  private static float[] expected(SampleSpec.Samples samples) {
    float[] picture = numbers(1);
    float[] baseline = numbers(2);
    List<float[]> all = new ArrayList<>();
    float[] sum = new float[ELEMENTS];
    float[] variance = new float[ELEMENTS];
    for (int s = 0; s < SAMPLES; s++) {
      all.add(new float[ELEMENTS]);
    }
    for (int i = 0; i < ELEMENTS; i++) {
      double first = 0;
      double second = 0;
      for (int s = 0; s < SAMPLES; s++) {
        double g = numbers(3 + s)[i];
        double weight = 1.0 / SAMPLES;
        switch (samples) {
          case Noisy n ->
              all.get(s)[i] =
                  (float) (picture[i] + n.sigma() * new CounterNoise(n.seed()).normal(s, i));
          case Between b -> {
            double way = (double) picture[i] - baseline[i];
            all.get(s)[i] = (float) (baseline[i] + b.places().get(s) * way);
            weight = b.weights().get(s);
          }
        }
        first += weight * g;
        second += weight * g * g;
      }
      sum[i] = (float) first;
      variance[i] = (float) (second - first * first);
    }
    all.add(sum);
    if (samples instanceof Noisy) {
      all.add(variance);
    }
    return joined(all);
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.size() * ELEMENTS];
    for (int i = 0; i < parts.size(); i++) {
      System.arraycopy(parts.get(i), 0, all, i * ELEMENTS, ELEMENTS);
    }
    return all;
  }
}
