package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Lanes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class CpuLanesTest {
  @Test
  void everyPartIsDoneOnce() {
    try (var device = new CpuDevice(3)) {
      Lanes lanes = device.lanes().orElseThrow();
      assertEquals(3, lanes.devices().size());
      var done = new AtomicIntegerArray(100);
      for (int round = 1; round <= 20; round++) {
        lanes.run(done.length(), (_, part) -> done.incrementAndGet(part));
        for (int i = 0; i < done.length(); i++) {
          assertEquals(round, done.get(i));
        }
      }
    }
  }

  @Test
  void aLaneDoesOnePartAtATime() {
    try (var device = new CpuDevice(4)) {
      var busy = new AtomicIntegerArray(4);
      device
          .lanes()
          .orElseThrow()
          .run(
              200,
              (lane, _) -> {
                assertEquals(1, busy.incrementAndGet(lane));
                Thread.onSpinWait();
                busy.decrementAndGet(lane);
              });
    }
  }

  @Test
  void whatAPartThrowsIsThrown() {
    try (var device = new CpuDevice(2)) {
      Lanes lanes = device.lanes().orElseThrow();
      var begun = new AtomicInteger();
      var e =
          assertThrows(
              IllegalStateException.class,
              () ->
                  lanes.run(
                      1000,
                      (_, part) -> {
                        begun.incrementAndGet();
                        if (part == 3) {
                          throw new IllegalStateException("part 3");
                        }
                        // Long enough for the other lane to throw.
                        LockSupport.parkNanos(100_000);
                      }));
      assertEquals("part 3", e.getMessage());
      assertTrue(begun.get() < 1000, "every part was begun");
      lanes.run(2, (_, _) -> begun.set(-1));
      assertEquals(-1, begun.get());
    }
  }

  @Test
  void oneThreadHasNoLanesAndNeitherHasALane() {
    try (var device = new CpuDevice(1)) {
      assertTrue(device.lanes().isEmpty());
    }
    try (var device = new CpuDevice(2)) {
      assertTrue(device.lanes().orElseThrow().devices().getFirst().lanes().isEmpty());
    }
  }
}
