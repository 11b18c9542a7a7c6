package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.network.Labels;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.PatchGrid;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How fast a run was, whatever ran side by side. */
final class SweepClockTest {
  private static final long SECOND = 1_000_000_000;

  private long now;

  private double positionsPerSecond(SweepClock clock, int pictures) {
    var account = new SweepAccount(Labels.NONE, OcclusionOptions.DEFAULT, clock);
    for (int i = 0; i < pictures; i++) {
      var work = new OcclusionMap.Work(Mode.FULL, Optional.empty(), 1, 1, 10, Optional.empty());
      account.add(new SweptPicture("p" + i, 0, 1, 0, work));
    }
    var summary = new Summary("occlusion");
    var patch = OcclusionOptions.DEFAULT.patches().getFirst();
    account.describe(summary, List.of(new PatchGrid(patch, 8, 8, 5, 4, new boolean[64])));
    return (double) summary.results().get("positionsPerSecond");
  }

  /** Two GPUs with a picture each for ten seconds: both are done after eleven. */
  @Test
  void isThatOfTheClockOnTheWallAndNotOfAllDevicesTogether() {
    var clock = new SweepClock(() -> now);
    now = 5 * SECOND;
    clock.begin();
    now += SECOND;
    clock.begin();
    now += 9 * SECOND;
    clock.end();
    now += SECOND;
    clock.end();
    assertEquals(2 * 20 / 11.0, positionsPerSecond(clock, 2), 1e-9);
  }

  /** Of a run that goes on with another, only what it did itself counts; else what was noted. */
  @Test
  void countsThePicturesOfThisRun() {
    var clock = new SweepClock(() -> now);
    assertEquals(3 * 20 / 30.0, positionsPerSecond(clock, 3), 1e-9);
    clock.begin();
    now += 4 * SECOND;
    clock.end();
    assertEquals(20 / 4.0, positionsPerSecond(clock, 3), 1e-9);
  }
}
