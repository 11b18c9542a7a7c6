package io.convlens.cli;

import io.convlens.graph.PixelBox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A layer's units, or directions, with what excites them.
 *
 * @param layer its name as it was asked for
 * @param kind {@code unit} or {@code direction}
 * @param probes in order
 */
record TopFindings(String layer, String kind, List<Probe> probes) {
  /**
   * A unit or a direction.
   *
   * @param number its index
   * @param top best first
   */
  record Probe(int number, List<Entry> top) {
    Probe {
      top = List.copyOf(top);
    }

    /** The best of this one's and another's. */
    Probe merged(Probe other, int k) {
      List<Entry> all = new ArrayList<>(top);
      all.addAll(other.top);
      all.sort(Entry.BEST_FIRST);
      return new Probe(number, all.subList(0, Math.min(k, all.size())));
    }

    List<Integer> pictures() {
      return top.stream().map(Entry::index).toList();
    }
  }

  /**
   * A picture, and the place in it.
   *
   * @param image its name
   * @param index its index in the set
   * @param value the unit's
   * @param y row of the layer's map
   * @param x column of the layer's map
   * @param box what that place sees
   */
  record Entry(String image, int index, float value, int y, int x, PixelBox box) {
    static final Comparator<Entry> BEST_FIRST =
        Comparator.comparingDouble((Entry e) -> -e.value).thenComparingInt(Entry::index);
  }

  TopFindings {
    probes = List.copyOf(probes);
  }

  /** Those of two parts of a set. */
  TopFindings merged(TopFindings other, int k) {
    List<Probe> all = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      all.add(probes.get(i).merged(other.probes.get(i), k));
    }
    return new TopFindings(layer, kind, all);
  }

  /** As it is written. */
  List<Map<String, Object>> json() {
    List<Map<String, Object>> list = new ArrayList<>();
    for (Probe probe : probes) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put(kind, probe.number());
      json.put("top", probe.top().stream().map(TopFindings::json).toList());
      list.add(json);
    }
    return list;
  }

  private static Map<String, Object> json(Entry entry) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("image", entry.image());
    json.put("index", entry.index());
    json.put("value", entry.value());
    json.put("y", entry.y());
    json.put("x", entry.x());
    PixelBox box = entry.box();
    json.put("box", List.of(box.x0(), box.y0(), box.x1(), box.y1()));
    return json;
  }

  /** From what was written. */
  static TopFindings read(String layer, String kind, JsonNode list) {
    List<Probe> probes = new ArrayList<>();
    for (JsonNode probe : list) {
      List<Entry> top = new ArrayList<>();
      for (JsonNode e : probe.get("top")) {
        JsonNode box = e.get("box");
        top.add(
            new Entry(
                e.get("image").asString(),
                e.get("index").asInt(),
                e.get("value").floatValue(),
                e.get("y").asInt(),
                e.get("x").asInt(),
                new PixelBox(
                    box.get(0).asInt(),
                    box.get(1).asInt(),
                    box.get(2).asInt(),
                    box.get(3).asInt())));
      }
      probes.add(new Probe(probe.get(kind).asInt(), top));
    }
    return new TopFindings(layer, kind, probes);
  }
}
