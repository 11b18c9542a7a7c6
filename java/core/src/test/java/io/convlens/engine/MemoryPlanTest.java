package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
  private static Storage storage(long size, int first, int last) {
    var s = new Storage(size);
    s.use(first);
    s.use(last);
    return s;
  }

  @Test
  void aChainNeedsTwoNeighbours() {
    List<Storage> chain = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      chain.add(storage(160, i, i + 1));
    }
    assertEquals(320, new MemoryPlan(chain).total());
  }

  @Test
  void whatLivesTogetherNeverOverlaps() {
    var random = new Random(3);
    for (int round = 0; round < 200; round++) {
      List<Storage> all = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        int first = random.nextInt(40);
        all.add(storage(1 + random.nextInt(500), first, first + random.nextInt(8)));
      }
      var plan = new MemoryPlan(all);
      for (Storage a : all) {
        assertTrue(plan.offset(a) + a.size() <= plan.total());
        for (Storage b : all) {
          boolean apart =
              plan.offset(a) + a.size() <= plan.offset(b)
                  || plan.offset(b) + b.size() <= plan.offset(a);
          assertTrue(a == b || apart || !a.overlaps(b), "seed 3, round " + round);
        }
      }
    }
  }
}
