package io.convlens.engine;

import io.convlens.graph.Value;
import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of a sweep's intervals along one axis run together: those whose windows have the same
 * widths and the same padding at every layer, so that only their places differ; and others too, in
 * windows that hold all of theirs, where that costs less than a batch of their own.
 */
final class DeltaClasses {
  /** Intervals that run together. */
  static final class Members implements DeltaCost.Extents {
    private final List<Integer> members;
    private final DeltaLayout layout;

    Members(List<Integer> members, DeltaLayout layout) {
      this.members = List.copyOf(members);
      this.layout = layout;
    }

    /** The intervals' numbers, in the layout's order. */
    List<Integer> members() {
      return members;
    }

    DeltaLayout layout() {
      return layout;
    }

    @Override
    public double width(DeltaBuffer b) {
      return layout.width(b);
    }

    @Override
    public double taps(DeltaStep.Convolve step) {
      return layout.taps(step);
    }
  }

  /** Two classes that may become one, and what that costs. */
  private record Pair(Members a, Members b) {}

  private final DeltaPlan plan;
  private final DeltaReach reach;
  private final List<Members> classes;
  private final Map<Members, Double> costs = new HashMap<>();
  private final Map<Pair, Members> unions = new HashMap<>();

  DeltaClasses(DeltaPlan plan, DeltaReach reach) {
    this.plan = plan;
    this.reach = reach;
    this.classes = new ArrayList<>(exact());
  }

  private Members members(List<Integer> numbers) {
    List<Map<Value, Interval>> maps = numbers.stream().map(reach.maps()::get).toList();
    return new Members(numbers, new DeltaLayout(plan, reach.axis(), maps));
  }

  private List<Members> exact() {
    Map<List<Integer>, List<Integer>> bySignature = new LinkedHashMap<>();
    for (int i = 0; i < reach.maps().size(); i++) {
      bySignature
          .computeIfAbsent(members(List.of(i)).layout().signature(), _ -> new ArrayList<>())
          .add(i);
    }
    return bySignature.values().stream().map(this::members).toList();
  }

  /** The classes as they are. */
  List<Members> classes() {
    return classes;
  }

  private int intervals() {
    return reach.maps().size();
  }

  /** The mean over all intervals: what the other axis counts with. */
  private DeltaCost.Extents mean() {
    double[] widths = new double[plan.buffers().size()];
    Map<DeltaStep.Convolve, Double> taps = new HashMap<>();
    for (Members m : classes) {
      double share = (double) m.members().size() / intervals();
      plan.buffers().forEach(b -> widths[b.index()] += share * m.width(b));
      for (DeltaStep step : plan.steps()) {
        if (step instanceof DeltaStep.Convolve c) {
          taps.merge(c, share * m.taps(c), Double::sum);
        }
      }
    }
    return new DeltaCost.Extents() {
      @Override
      public double width(DeltaBuffer b) {
        return widths[b.index()];
      }

      @Override
      public double taps(DeltaStep.Convolve step) {
        return taps.get(step);
      }
    };
  }

  /**
   * Joins classes of both axes, the cheapest pair first, until what a group costs besides its
   * positions is no longer saved.
   */
  static void join(DeltaPlan plan, DeltaClasses rows, DeltaClasses columns) {
    double group = DeltaCost.batch(plan) + DeltaCost.preparation(plan);
    DeltaCost.Extents across = columns.mean();
    DeltaCost.Extents down = rows.mean();
    while (true) {
      // Each of the other axis' classes makes a group with each of these.
      Gain y = rows.best(columns, across, group);
      Gain x = columns.best(rows, down, group);
      if (Math.max(x.saved(), y.saved()) <= 0) {
        return;
      }
      if (y.saved() >= x.saved()) {
        rows.join(y.pair());
      } else {
        columns.join(x.pair());
      }
    }
  }

  /** The best pair to join; nothing is saved where there is none. */
  private record Gain(double saved, Pair pair) {}

  private Gain best(DeltaClasses other, DeltaCost.Extents otherMean, double group) {
    var best = new Gain(0, new Pair(classes.getFirst(), classes.getFirst()));
    double saves = other.classes.size() * group;
    for (int i = 0; i < classes.size(); i++) {
      for (int j = i + 1; j < classes.size(); j++) {
        var pair = new Pair(classes.get(i), classes.get(j));
        double more =
            cost(union(pair), otherMean) - cost(pair.a, otherMean) - cost(pair.b, otherMean);
        double saved = saves - other.intervals() * more;
        if (saved > best.saved) {
          best = new Gain(saved, pair);
        }
      }
    }
    return best;
  }

  private Members union(Pair pair) {
    return unions.computeIfAbsent(
        pair,
        p -> {
          List<Integer> all = new ArrayList<>(p.a.members());
          all.addAll(p.b.members());
          all.sort(null);
          return members(all);
        });
  }

  private double cost(Members m, DeltaCost.Extents otherMean) {
    return costs.computeIfAbsent(
        m, k -> k.members().size() * DeltaCost.position(plan, k, otherMean));
  }

  private void join(Pair pair) {
    Members union = union(pair);
    classes.remove(pair.a);
    classes.remove(pair.b);
    classes.add(union);
    unions.keySet().removeIf(p -> p.a == pair.a || p.b == pair.a || p.a == pair.b || p.b == pair.b);
  }
}
