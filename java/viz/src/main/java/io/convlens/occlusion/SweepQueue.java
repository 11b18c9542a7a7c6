package io.convlens.occlusion;

import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue of pictures before one or several devices. Each device has a thread, which takes the next
 * picture whenever it is ready for one: a fast device takes more of them than a slow one. Results
 * are futures', which one may take in the pictures' order.
 *
 * <p>The first failure ends all: what runs on other devices stops, and every future that has no
 * result yet fails likewise. Closing it stops what runs, with a {@link CancellationException}, and
 * waits for it. Close it before its sweeps. For one thread at a time.
 */
public final class SweepQueue implements AutoCloseable {
  private final Listener listener;
  private final List<Thread> threads = new ArrayList<>();
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Job<?>> jobs = new ArrayDeque<>();
  private @Nullable Throwable failure;

  /** Follows all positions of all pictures, from any thread but one at a time. */
  @FunctionalInterface
  public interface Listener {
    /** So many more positions are done; false stops all. */
    boolean done(long more);
  }

  /** What becomes of a picture's maps, in the thread of the device that made them. */
  @FunctionalInterface
  public interface After<T> {
    /**
     * Makes a result.
     *
     * @param device the number of the device, in the order in which they were {@linkplain
     *     SweepQueue#put put} to work
     */
    T of(int device, Tensor picture, OcclusionMaps maps);
  }

  /** A queue before which no device works yet. */
  public SweepQueue(Listener listener) {
    this.listener = listener;
  }

  /** Puts one more device to work, until the queue is closed. */
  public void put(Sweep sweep) {
    int number = threads.size();
    threads.add(Thread.ofPlatform().daemon().name("sweep").start(() -> work(number, sweep)));
  }

  /**
   * Hands in a picture of the size that the sweeps were prepared for.
   *
   * @param picture {@code [1,C,H,W]}; it is the queue's from now on, which closes it
   */
  public <T> Future<T> add(Tensor picture, After<T> after) {
    var job = new Job<>(picture, after);
    lock.lock();
    try {
      if (failure == null) {
        jobs.add(job);
        changed.signalAll();
      } else {
        job.fail(failure);
      }
    } finally {
      lock.unlock();
    }
    return job.result;
  }

  /** What a device's thread does. */
  private void work(int device, Sweep sweep) {
    Job<?> running = null;
    Job<?> job = null;
    try {
      while (true) {
        job = next(running == null);
        if (job == null && running == null) {
          return;
        }
        if (job != null) {
          job.begin(sweep);
        }
        if (running != null) {
          running.finish(device);
        }
        running = job;
        if (running != null && !sweep.runsBehind()) {
          running.finish(device);
          running = null;
        }
        job = null;
      }
    } catch (RuntimeException | Error e) {
      Throwable first = end(e);
      for (Job<?> begun : new Job<?>[] {running, job}) {
        if (begun != null) {
          begun.fail(first);
        }
      }
    }
  }

  /** The next picture; none at the end, or where there is none yet and nobody wants to wait. */
  private @Nullable Job<?> next(boolean wait) {
    lock.lock();
    try {
      while (wait && jobs.isEmpty() && failure == null) {
        changed.awaitUninterruptibly();
      }
      return jobs.poll();
    } finally {
      lock.unlock();
    }
  }

  private boolean report(long more) {
    lock.lock();
    try {
      return failure == null && listener.done(more);
    } finally {
      lock.unlock();
    }
  }

  /**
   * There is nothing more to do; who works on something stops.
   *
   * @param why counts if it is the first
   * @return what counts: what is stopped elsewhere because of it is no failure of its own
   */
  private Throwable end(Throwable why) {
    lock.lock();
    try {
      Throwable first = failure == null ? why : failure;
      failure = first;
      jobs.forEach(j -> j.fail(first));
      jobs.clear();
      changed.signalAll();
      return first;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    end(new CancellationException("stopped"));
    boolean interrupted = false;
    for (Thread t : threads) {
      while (t.isAlive()) {
        try {
          t.join();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A picture on its way. */
  private final class Job<T> {
    private final Tensor picture;
    private final After<T> after;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private Sweep.@Nullable Begun begun;

    Job(Tensor picture, After<T> after) {
      this.picture = picture;
      this.after = after;
    }

    void begin(Sweep sweep) {
      int[] before = {0};
      begun =
          sweep.begin(
              picture,
              0,
              (done, _) -> {
                int more = done - before[0];
                before[0] = done;
                return report(more);
              });
    }

    void finish(int device) {
      T made = after.of(device, picture, Objects.requireNonNull(begun).finish());
      picture.close();
      result.complete(made);
    }

    void fail(Throwable why) {
      picture.close();
      result.completeExceptionally(why);
    }
  }
}
