package io.convlens.engine;

import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
    private final List<DeltaLayout> alone;

    Members(List<Integer> members, DeltaLayout layout, List<DeltaLayout> alone) {
      this.members = List.copyOf(members);
      this.layout = layout;
      this.alone = List.copyOf(alone);
    }

    /** The intervals' numbers, in the layout's order. */
    List<Integer> members() {
      return members;
    }

    DeltaLayout layout() {
      return layout;
    }

    /** The layout that one of the intervals would have by itself. */
    DeltaLayout alone(int member) {
      return alone.get(member);
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

  /** The classes along the other axis before they are known: what usual networks end up with. */
  private static final int GUESS = 6;

  /** Two classes that may become one, and what that costs. */
  private record Pair(Members a, Members b) {}

  private final DeltaPlan plan;
  private final DeltaReach reach;
  private final Interval[][] reached;
  private final List<DeltaLayout> alone;
  private final List<Members> classes;
  private final Map<Members, Double> costs = new HashMap<>();
  private final Map<Pair, Members> unions = new HashMap<>();
  private final Map<List<Integer>, Members> known;

  DeltaClasses(DeltaPlan plan, DeltaReach reach) {
    this.plan = plan;
    this.reach = reach;
    this.reached = new Interval[plan.buffers().size()][intervals()];
    for (DeltaBuffer b : plan.buffers()) {
      for (int i = 0; i < intervals(); i++) {
        reached[b.index()][i] = reach.maps().get(i).getOrDefault(b.value(), Interval.EMPTY);
      }
    }
    this.alone = IntStream.range(0, intervals()).mapToObj(i -> layout(List.of(i))).toList();
    this.known = new HashMap<>();
    this.classes = new ArrayList<>(exact());
  }

  private Members members(List<Integer> numbers) {
    return known.computeIfAbsent(
        numbers, k -> new Members(k, layout(k), k.stream().map(alone::get).toList()));
  }

  private DeltaLayout layout(List<Integer> numbers) {
    var reached = new Interval[plan.buffers().size()][numbers.size()];
    for (DeltaBuffer b : plan.buffers()) {
      for (int i = 0; i < numbers.size(); i++) {
        reached[b.index()][i] = this.reached[b.index()][numbers.get(i)];
      }
    }
    return new DeltaLayout(plan, reach.axis(), reached);
  }

  /** Back to classes that fit exactly. */
  private void separate() {
    classes.clear();
    classes.addAll(exact());
  }

  private List<Members> exact() {
    Map<List<Integer>, List<Integer>> bySignature = new LinkedHashMap<>();
    for (int i = 0; i < reach.maps().size(); i++) {
      bySignature.computeIfAbsent(alone.get(i).signature(), _ -> new ArrayList<>()).add(i);
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
   * Joins classes of both axes. What that saves depends on the other axis, each of whose classes
   * makes a group with each of these: so the axes are joined in turn, from a guess on.
   */
  static List<DeltaClasses> join(DeltaPlan plan, DeltaReach down, DeltaReach across) {
    double group = DeltaCost.batch(plan) + DeltaCost.preparation(plan);
    var columns = new DeltaClasses(plan, across);
    DeltaCost.Extents meanColumn = columns.mean();
    var rows = new DeltaClasses(plan, down);
    DeltaCost.Extents meanRow = rows.mean();
    rows.join(meanColumn, GUESS * group, columns.intervals());
    columns.join(meanRow, rows.classes.size() * group, rows.intervals());
    rows.separate();
    rows.join(meanColumn, columns.classes.size() * group, columns.intervals());
    return List.of(rows, columns);
  }

  /** Joins the cheapest pair again and again, as long as it costs less than it saves. */
  private void join(DeltaCost.Extents otherMean, double saves, int otherIntervals) {
    boolean better = true;
    while (better) {
      double least = saves;
      Pair best = null;
      for (int i = 0; i < classes.size(); i++) {
        for (int j = i + 1; j < classes.size(); j++) {
          var pair = new Pair(classes.get(i), classes.get(j));
          double more =
              cost(union(pair), otherMean) - cost(pair.a, otherMean) - cost(pair.b, otherMean);
          if (otherIntervals * more < least) {
            least = otherIntervals * more;
            best = pair;
          }
        }
      }
      better = best != null;
      if (best != null) {
        join(best);
      }
    }
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
