package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.device.Spec;
import io.convlens.graph.Graph;
import io.convlens.graph.GraphReference;
import io.convlens.graph.Model;
import io.convlens.graph.Node;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Statistics of all values of random graphs. Where the values are not asked for, so that they may
 * be overwritten at once, against a plain computation in double precision; where they are, number
 * by number against loops over what is read. A failure is a line with seed and problem.
 */
public final class StatisticsOnGraphs {
  private static final int PICTURES = 2;
  private static final int DIRECTIONS = 3;

  /** Of a value's largest magnitude, and at least of 1. */
  private static final double TOLERANCE = 2e-4;

  private final Device device;
  private final Graph graph;
  private final int batch;
  private final Random random;
  private final List<String> wrong = new ArrayList<>();
  private final List<Tensor> directions = new ArrayList<>();

  private StatisticsOnGraphs(Device device, Graph graph, long seed) {
    this.device = device;
    this.graph = graph;
    this.batch = graph.baseBatch();
    this.random = new Random(seed);
  }

  /** What is wrong on the graph of a seed. */
  public static List<String> check(Device device, long seed, Path folder) throws IOException {
    RandomGraphs.Case c = RandomGraphs.of(seed);
    try (var model = Model.read(c.model().write(folder.resolve("model.onnx")));
        var input = Tensor.of(c.input(PICTURES), c.values(PICTURES))) {
      Graph graph = model.graph(c.input(PICTURES).dims());
      var one = new StatisticsOnGraphs(device, graph, seed);
      try {
        one.check(input);
      } finally {
        one.directions.forEach(Tensor::close);
      }
      return one.wrong.stream().map(w -> c.describe() + ": " + w).toList();
    }
  }

  private List<Value> values() {
    Set<Value> found = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      Value v = node.output();
      Shape shape = v.shape();
      if (shape.rank() >= 2
          && v.batched() == graph.batchable()
          && shape.dim(0) == batch
          && shape.size() > 0) {
        found.add(v);
      }
    }
    return List.copyOf(found);
  }

  private List<Statistic> statistics(Value v) {
    int places = (int) (v.shape().size() / v.shape().dim(0) / v.shape().dim(1));
    Tensor vectors = Tensor.zeros(Shape.of(DIRECTIONS, v.shape().dim(1)));
    directions.add(vectors);
    for (int i = 0; i < vectors.size(); i++) {
      vectors.set(i, (float) random.nextGaussian());
    }
    return List.of(
        Statistic.peak(v),
        Statistic.activity(v),
        Statistic.rank(v, random.nextInt(places)),
        Statistic.rankOfMagnitudes(v, random.nextInt(places)),
        Statistic.sum(v).along(vectors));
  }

  private void check(Tensor input) {
    List<Value> values = values();
    List<Statistic> all = new ArrayList<>();
    values.forEach(v -> all.addAll(statistics(v)));
    Map<Value, GraphReference.Array> reference =
        GraphReference.run(graph, GraphReference.Array.of(input));
    try (var session = Session.prepare(device, graph, batch, Set.of(), all)) {
      session.upload(input, 0, batch);
      session.run();
      session.run();
      for (Statistic s : all) {
        compare(s, numbers(session, s), reference.get(s.value()).data(), TOLERANCE);
      }
    }
    try (var session = Session.prepare(device, graph, batch, Set.copyOf(values), all)) {
      session.upload(input, 0, batch);
      session.run();
      for (Statistic s : all) {
        try (var maps = Tensor.zeros(s.value().shape())) {
          session.download(s.value(), batch, maps, 0);
          double[] data = new double[(int) maps.size()];
          Arrays.setAll(data, maps::get);
          // Of what is computed of the very same numbers, only sums may differ.
          compare(s, numbers(session, s), data, s.directions().isEmpty() ? 0 : TOLERANCE);
        }
      }
    }
  }

  private float[] numbers(Session session, Statistic s) {
    try (var to = Tensor.zeros(s.output().shape())) {
      session.download(s.output(), batch, to, 0);
      return to.toArray();
    }
  }

  private void compare(Statistic s, float[] actual, double[] data, double tolerance) {
    Shape shape = s.value().shape();
    int channels = shape.intDim(1);
    int places = (int) (shape.size() / batch / channels);
    int maps = s.output().shape().intDim(2);
    int count = s.kind().count();
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < maps; c++) {
        double[] map = new double[places];
        for (int p = 0; p < places; p++) {
          map[p] = at(s, data, n, c, p, channels, places);
        }
        double[] own = new double[count];
        for (int k = 0; k < count; k++) {
          own[k] = actual[(n * count + k) * maps + c];
        }
        String fault = fault(s, own, map, tolerance);
        if (!fault.isEmpty()) {
          wrong.add("%s, picture %d, map %d: %s".formatted(s.output().name(), n, c, fault));
          return;
        }
      }
    }
  }

  private static double at(
      Statistic s, double[] data, int n, int map, int place, int channels, int places) {
    if (s.directions().isEmpty()) {
      return data[(n * channels + map) * places + place];
    }
    double sum = 0;
    for (int c = 0; c < channels; c++) {
      double weight = s.directions().get().get((long) map * channels + c);
      sum += weight * data[(n * channels + c) * places + place];
    }
    return sum;
  }

  private static String fault(Statistic s, double[] own, double[] map, double tolerance) {
    double size = Math.max(1, Arrays.stream(map).map(Math::abs).max().orElse(0));
    double near = tolerance * size;
    double ofSums = Math.max(tolerance, 1e-5) * size * map.length;
    return switch (s.kind()) {
      case Statistic.Kind.Figures _ -> figures(own, map, near, ofSums);
      case Statistic.Kind.Rank(var of, int rank) -> {
        double[] sorted =
            Arrays.stream(map)
                .map(v -> of == Spec.RankOf.MAGNITUDES ? Math.abs(v) : v)
                .sorted()
                .toArray();
        double[] right = {
          sorted[rank],
          Arrays.stream(sorted, rank, sorted.length).sum(),
          Arrays.stream(sorted).sum()
        };
        yield differs("at the rank", own[0], right[0], near)
            + differs("from the rank", own[1], right[1], ofSums)
            + differs("all", own[2], right[2], ofSums);
      }
    };
  }

  private static String figures(double[] own, double[] map, double near, double ofSums) {
    double largest = Arrays.stream(map).max().orElseThrow();
    int place = 0;
    while (map[place] < largest) {
      place++;
    }
    int told = (int) own[Statistic.PLACE];
    String fault = differs("largest", own[Statistic.LARGEST], largest, near);
    if (near == 0 && told != place) {
      fault += "place " + told + ", not " + place;
    } else if (told < 0 || told >= map.length || map[told] < largest - 2 * near) {
      fault += "place " + told + " has not the largest value";
    }
    double magnitude = Arrays.stream(map).map(Math::abs).max().orElseThrow();
    fault += differs("magnitude", own[Statistic.MAGNITUDE], magnitude, near);
    if (own.length > Statistic.SUM) {
      fault += differs("sum", own[Statistic.SUM], Arrays.stream(map).sum(), ofSums);
    }
    if (own.length > Statistic.ZERO && near == 0) {
      double above = Arrays.stream(map).filter(v -> v > 0).count();
      double zero = Arrays.stream(map).filter(v -> v == 0).count();
      fault += differs("above 0", own[Statistic.POSITIVE], above, 0);
      fault += differs("zeros", own[Statistic.ZERO], zero, 0);
    }
    return fault;
  }

  private static String differs(String what, double own, double right, double near) {
    return Math.abs(own - right) <= near ? "" : "%s %s, not %s; ".formatted(what, own, right);
  }
}
