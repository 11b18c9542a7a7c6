package io.convlens.engine;

import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import io.convlens.window.Change;
import io.convlens.window.ChangeWalk;
import io.convlens.window.Interval;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each of a sweep's intervals along one axis of the picture reaches.
 *
 * @param axis 0 for rows, 1 for columns
 * @param maps for each interval, which indices along the axis change, of the maps that do
 * @param torn the values that change otherwise than along this axis
 */
record DeltaReach(int axis, List<Map<Value, Interval>> maps, Set<Value> torn) {

  /**
   * Follows each interval.
   *
   * @param inputAxis the axis of the graph's input
   */
  static DeltaReach of(Graph graph, int axis, int inputAxis, List<Interval> intervals) {
    List<Map<Value, Interval>> maps = new ArrayList<>();
    Set<Value> torn = new HashSet<>();
    for (Interval interval : intervals) {
      Map<Value, Interval> reached = new HashMap<>();
      ChangeWalk.of(graph, inputAxis, interval)
          .forEach(
              (value, change) -> {
                switch (change) {
                  case Change.Nothing() -> {}
                  case Change.Part(int along, Interval where)
                      when along == axis + 2 && value.shape().rank() == 4 ->
                      reached.put(value, where);
                  case Change.Part _, Change.Everything() -> torn.add(value);
                }
              });
      maps.add(reached);
    }
    return new DeltaReach(axis, maps, torn);
  }

  /**
   * With no interval longer than a share of its map's side, or than the patch is there: what lies
   * farther from the patch's middle is left out. Changes thin out on their way; this is how far
   * they are followed ("projective field thresholding": Nakandala, Kumar and Papakonstantinou,
   * 2019).
   *
   * @param share 1 for all of it
   * @param intervals what these maps were made from
   * @param extent the picture's extent along the axis
   */
  DeltaReach limited(double share, List<Interval> intervals, int extent) {
    if (share >= 1) {
      return this;
    }
    List<Map<Value, Interval>> some = new ArrayList<>();
    for (int i = 0; i < maps.size(); i++) {
      Interval patch = intervals.get(i);
      double middle = (patch.from() + patch.to()) / 2.0 / extent;
      double least = (double) patch.length() / extent;
      Map<Value, Interval> cut = new HashMap<>();
      maps.get(i)
          .forEach(
              (v, where) -> {
                int side = v.shape().intDim(axis + 2);
                int most = (int) Math.ceil(Math.max(share, least) * side);
                cut.put(v, around(middle * side, where, most));
              });
      some.add(cut);
    }
    return new DeltaReach(axis, some, torn);
  }

  /** The part of an interval of at most so many indices that lies nearest to a place. */
  private static Interval around(double place, Interval where, int most) {
    if (where.length() <= most) {
      return where;
    }
    int from = Math.clamp((int) Math.rint(place - most / 2.0), where.from(), where.to() - most);
    return new Interval(from, from + most);
  }
}
