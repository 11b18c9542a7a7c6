package io.convlens.cli;

import io.convlens.io.Futures;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Things in order, made by a thread of their own ahead of who takes them; so many at most are held.
 */
final class Ahead<T> implements AutoCloseable {
  /** A thing that may hold memory off the heap. */
  interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  private final IntFunction<T> make;
  private final int end;
  private final int most;
  private final Deque<Future<Optional<T>>> pending = new ArrayDeque<>();
  private final ExecutorService worker;
  private int next;
  private volatile boolean stopped;

  /**
   * Begins.
   *
   * @param name the thread's
   * @param from the first thing's number
   * @param most how many are held
   */
  Ahead(String name, int from, int end, int most, IntFunction<T> make) {
    this.make = make;
    this.next = from;
    this.end = end;
    this.most = most;
    this.worker =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
    refill();
  }

  private void refill() {
    while (next < end && pending.size() < most) {
      int index = next++;
      pending.add(worker.submit(() -> stopped ? Optional.empty() : Optional.of(make.apply(index))));
    }
  }

  /** The next; the caller closes it, if it is {@link Closing}. */
  T take() {
    T thing = Futures.result(pending.remove()).orElseThrow();
    refill();
    return thing;
  }

  /** Ends, and closes what was made and not taken. */
  @Override
  public void close() {
    stopped = true;
    worker.shutdown();
    for (Future<Optional<T>> future : pending) {
      try {
        Futures.result(future)
            .ifPresent(
                thing -> {
                  if (thing instanceof Closing c) {
                    c.close();
                  }
                });
      } catch (RuntimeException e) {
        // What nobody asked for any more could not be made.
      }
    }
    pending.clear();
  }
}
