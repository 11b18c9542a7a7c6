package io.convlens.cli;

import io.convlens.io.Futures;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Work that a thread of its own does, in order, behind who hands it in; so much at most waits. Once
 * a piece of work has failed, none after it is done.
 */
final class Behind implements AutoCloseable {
  private final int most;
  private final Deque<Future<?>> pending = new ArrayDeque<>();
  private final ExecutorService worker;
  private volatile boolean stopped;

  /**
   * Begins.
   *
   * @param name the thread's
   * @param most how many pieces of work wait
   */
  Behind(String name, int most) {
    this.most = most;
    this.worker =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /** Hands in work; waits where too much does, and throws what made earlier work fail. */
  void add(Runnable work) {
    while (pending.size() >= most) {
      Futures.result(pending.remove());
    }
    pending.add(worker.submit(() -> run(work)));
  }

  private void run(Runnable work) {
    if (stopped) {
      return;
    }
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      stopped = true;
      throw e;
    }
  }

  /** Waits until all is done, and throws what made work fail. */
  void finish() {
    while (!pending.isEmpty()) {
      Futures.result(pending.remove());
    }
  }

  /** Ends; what waits is not done. */
  @Override
  public void close() {
    stopped = true;
    worker.close();
  }
}
