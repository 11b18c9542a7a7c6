package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class RandomGraphsTest {

  @Test
  void aSeedGivesTheSameGraph() {
    for (long seed = 0; seed < 20; seed++) {
      assertArrayEquals(
          RandomGraphs.of(seed).model().bytes(), RandomGraphs.of(seed).model().bytes());
    }
  }

  @Test
  void threeHundredSeedsDrawEveryOperator() {
    Set<String> missing = new TreeSet<>(RandomGraphs.OPERATORS);
    List<String> sizes = new ArrayList<>();
    for (long seed = 0; seed < 300; seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      missing.removeAll(c.operators());
      if (c.model().nodeCount() > 60) {
        sizes.add(c.describe());
      }
    }
    assertEquals(Set.of(), missing);
    assertEquals(List.of(), sizes, "small graphs");
  }
}
