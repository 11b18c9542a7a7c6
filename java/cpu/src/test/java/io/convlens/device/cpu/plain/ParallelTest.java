package io.convlens.device.cpu.plain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sharing of work: every item once, failures, and the end of the threads. */
@Timeout(60)
class ParallelTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void doesEachItemOnce(int threads) {
    try (var parallel = new Parallel(threads)) {
      for (int count : new int[] {0, 1, 2, 7, 100, 1001}) {
        for (int least : new int[] {1, 3, 1000}) {
          var done = new AtomicIntegerArray(count);
          parallel.run(
              count,
              least,
              (from, to) -> {
                for (long i = from; i < to; i++) {
                  done.incrementAndGet((int) i);
                }
              });
          for (int i = 0; i < count; i++) {
            assertEquals(1, done.get(i), "item " + i + " of " + count);
          }
        }
      }
    }
  }

  /** What every item wrote is seen by the caller, run after run, with threads asleep or not. */
  @Test
  void resultsAreThereWhenItReturns() throws InterruptedException {
    try (var parallel = new Parallel(3)) {
      long[] values = new long[300];
      for (int run = 1; run <= 20_000; run++) {
        int add = run;
        parallel.run(
            values.length,
            1,
            (from, to) -> {
              for (long i = from; i < to; i++) {
                values[(int) i] += add;
              }
            });
        if (run % 5000 == 0) {
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
      for (long v : values) {
        assertEquals(20_000L * 20_001 / 2, v);
      }
    }
  }

  @Test
  void severalThreadsTakePart() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    var both = new CountDownLatch(2);
    try (var parallel = new Parallel(2)) {
      parallel.run(
          2,
          1,
          (from, to) -> {
            seen.add(Thread.currentThread());
            both.countDown();
            await(both);
          });
    }
    assertEquals(2, seen.size());
    assertTrue(seen.contains(Thread.currentThread()), "the caller is one of them");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS), "another thread takes part");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void littleWorkStaysWithTheCaller() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (var parallel = new Parallel(4)) {
      parallel.run(10, 10, (from, to) -> seen.add(Thread.currentThread()));
    }
    assertEquals(Set.of(Thread.currentThread()), seen);
  }

  @Test
  void failuresReachTheCallerAndTheNextRunIsFine() {
    try (var parallel = new Parallel(2)) {
      var failure = new IllegalStateException("as asked");
      Parallel.Range failing =
          (from, to) -> {
            if (from == 0) {
              throw failure;
            }
          };
      assertSame(
          failure, assertThrows(IllegalStateException.class, () -> parallel.run(100, 1, failing)));
      var done = new AtomicIntegerArray(1);
      parallel.run(100, 1, (from, to) -> done.addAndGet(0, (int) (to - from)));
      assertEquals(100, done.get(0));
    }
  }

  @Test
  void closingEndsTheThreads() throws InterruptedException {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    var all = new CountDownLatch(3);
    var parallel = new Parallel(3);
    parallel.run(
        3,
        1,
        (from, to) -> {
          seen.add(Thread.currentThread());
          all.countDown();
          await(all);
        });
    parallel.close();
    parallel.close();
    seen.remove(Thread.currentThread());
    assertEquals(2, seen.size());
    for (Thread thread : seen) {
      thread.join(10_000);
      assertFalse(thread.isAlive(), thread.getName());
    }
  }
}
