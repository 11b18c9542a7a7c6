package io.convlens.device.cpu.plain;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Shares a range of independent items among a fixed number of threads, the caller being one. Runs
 * follow each other within microseconds between oneDNN's primitives, so threads look for work a
 * short while before they sleep; a short while only, because OpenMP's threads need the same cores.
 *
 * <p>For one caller at a time. Ranges are dealt out in pieces as threads come for them: a thread
 * that the system has taken off its core holds up one piece only.
 */
public final class Parallel implements AutoCloseable {
  /** What is done with the items from an index on, up to another, exclusive. */
  @FunctionalInterface
  public interface Range {
    /** Does it; called by several threads at once with ranges that don't overlap. */
    void run(long from, long to);
  }

  /** About 50 µs: the usual gap between two operations, well below a scheduler's time slice. */
  private static final int SPINS = 2000;

  /** Pieces a thread: more even out threads of unequal speed, fewer cost less. */
  private static final int PIECES_PER_THREAD = 4;

  private static final class Job {
    final Range range;
    final long count;
    final long piece;
    final Thread caller = Thread.currentThread();
    final AtomicLong next = new AtomicLong();
    final AtomicLong done = new AtomicLong();
    volatile @Nullable Throwable failure;

    Job(Range range, long count, long piece) {
      this.range = range;
      this.count = count;
      this.piece = piece;
    }

    /** Does pieces until there are none left. */
    void work() {
      while (true) {
        long from = next.getAndAdd(piece);
        if (from >= count) {
          return;
        }
        long to = Math.min(count, from + piece);
        try {
          range.run(from, to);
        } catch (Throwable e) {
          failure = e;
        }
        if (done.addAndGet(to - from) == count) {
          LockSupport.unpark(caller);
        }
      }
    }

    void awaitOthers() {
      for (int spins = 0; done.get() < count; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
    }
  }

  private final Thread[] workers;
  private volatile @Nullable Job current;
  private volatile boolean closed;

  /** Starts the threads but for the caller's. */
  public Parallel(int threads) {
    workers = new Thread[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Thread(this::serve, "convlens-cpu-" + (i + 1));
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  /**
   * Runs all items and returns when the last is done.
   *
   * @param count the number of items
   * @param least so few items that sharing them costs more than it gains
   * @throws RuntimeException what a range threw
   */
  public void run(long count, long least, Range range) {
    if (count <= least || workers.length == 0) {
      if (count > 0) {
        range.run(0, count);
      }
      return;
    }
    long pieces = (long) (workers.length + 1) * PIECES_PER_THREAD;
    var job = new Job(range, count, Math.max(Math.max(1, least), (count + pieces - 1) / pieces));
    current = job;
    for (Thread worker : workers) {
      LockSupport.unpark(worker);
    }
    job.work();
    job.awaitOthers();
    current = null;
    switch (job.failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void serve() {
    @Nullable Job last = null;
    int spins = 0;
    while (!closed) {
      Job job = current;
      if (job != null && job != last) {
        job.work();
        last = job;
        spins = 0;
      } else if (spins++ < SPINS) {
        Thread.onSpinWait();
      } else {
        last = null;
        LockSupport.park(this);
        spins = 0;
      }
    }
  }

  /** Ends the threads. */
  @Override
  public void close() {
    closed = true;
    for (Thread worker : workers) {
      LockSupport.unpark(worker);
    }
  }
}
