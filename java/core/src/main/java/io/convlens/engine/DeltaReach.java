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
}
