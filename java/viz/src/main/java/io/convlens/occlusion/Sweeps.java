package io.convlens.occlusion;

import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sweeps of many pictures on one or several devices. Each device has a thread, which takes the next
 * picture from a queue whenever it is ready for one; while a device works on a picture, the
 * caller's thread decodes the next ones and takes results, in the pictures' order.
 *
 * <p>For one thread at a time. Close it before its networks.
 */
public final class Sweeps implements AutoCloseable {
  /** Pictures a device: one it works on, one it goes on with, one that is being decoded. */
  private static final int AHEAD = 3;

  private final List<Sweep> sweeps = new ArrayList<>();

  /**
   * Prepares a sweep on each network's device.
   *
   * @param networks the same one on devices that may work side by side
   * @param input {@code [N,C,H,W]}, as the networks take it; N doesn't matter
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   */
  public Sweeps(List<Network> networks, Shape input, Occlusion occlusion) {
    try {
      networks.forEach(n -> sweeps.add(occlusion.prepare(n, input)));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** One of the sweeps, which are alike but for their devices. */
  public Sweep first() {
    return sweeps.getFirst();
  }

  /** Follows the positions of all pictures together, from any thread but one at a time. */
  @FunctionalInterface
  public interface Listener {
    /** So many are done of all; false stops the run. */
    boolean progress(long done, long total);
  }

  /** Takes maps in order. */
  @FunctionalInterface
  public interface Each {
    /** One picture's maps. */
    void take(int index, OcclusionMaps maps);
  }

  /**
   * Sweeps over pictures of the size that was prepared for.
   *
   * @throws CancellationException if the listener stopped it
   * @throws io.convlens.device.DeviceException if a device failed; the others have stopped then
   */
  public void run(PictureSet pictures, Listener listener, Each each) {
    var queue = new Queue(pictures.count(), listener);
    List<Thread> threads = new ArrayList<>();
    try {
      for (Sweep sweep : sweeps) {
        threads.add(Thread.ofPlatform().name("sweep").start(() -> queue.work(sweep)));
      }
      int given = 0;
      for (int taken = 0; taken < pictures.count(); taken++) {
        while (given < pictures.count() && given < taken + AHEAD * sweeps.size()) {
          queue.give(given, pictures.tensor(given));
          given++;
        }
        each.take(taken, queue.take(taken));
      }
    } finally {
      queue.end();
      threads.forEach(Sweeps::join);
      queue.close();
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pictures on their way to the devices, and maps on their way back. */
  private static final class Queue {
    private record Job(int index, Tensor picture) {}

    private record Running(Job job, Sweep.Begun begun) {}

    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final Map<Integer, OcclusionMaps> results = new HashMap<>();
    private final int count;
    private final Listener listener;
    private final AtomicLong positions = new AtomicLong();
    private @Nullable Throwable failure;
    private boolean ended;

    Queue(int count, Listener listener) {
      this.count = count;
      this.listener = listener;
    }

    void give(int index, Tensor picture) {
      change(() -> jobs.add(new Job(index, picture)));
    }

    private void change(Runnable what) {
      lock.lock();
      try {
        what.run();
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Waits for a picture's maps. */
    OcclusionMaps take(int index) {
      lock.lock();
      try {
        while (!results.containsKey(index) && failure == null) {
          changed.awaitUninterruptibly();
        }
        switch (failure) {
          case null -> {}
          case RuntimeException e -> throw e;
          case Error e -> throw e;
          case Throwable e -> throw new IllegalStateException(e);
        }
        return results.remove(index);
      } finally {
        lock.unlock();
      }
    }

    /** There is nothing more to do; who works on something stops. */
    void end() {
      change(() -> ended = true);
    }

    /** The next picture; none at the end, or where there is none yet and nobody wants to wait. */
    private @Nullable Job next(boolean wait) {
      lock.lock();
      try {
        while (wait && jobs.isEmpty() && !ended) {
          changed.awaitUninterruptibly();
        }
        return ended ? null : jobs.poll();
      } finally {
        lock.unlock();
      }
    }

    /** What a device's thread does. */
    void work(Sweep sweep) {
      Running running = null;
      Job job = null;
      try {
        while (true) {
          job = next(running == null);
          Running before = running;
          running = job == null ? null : new Running(job, begin(sweep, job));
          job = null;
          if (before != null) {
            finish(before);
          } else if (running == null) {
            return;
          }
        }
      } catch (RuntimeException | Error e) {
        fail(e);
      } finally {
        if (running != null) {
          running.job.picture.close();
        }
        if (job != null) {
          job.picture.close();
        }
      }
    }

    private Sweep.Begun begin(Sweep sweep, Job job) {
      int[] before = {0};
      return sweep.begin(
          job.picture,
          0,
          (done, total) -> {
            long all = positions.addAndGet(done - before[0]);
            before[0] = done;
            return report(all, (long) total * count);
          });
    }

    private boolean report(long done, long total) {
      lock.lock();
      try {
        return !ended && listener.progress(done, total);
      } finally {
        lock.unlock();
      }
    }

    private void finish(Running running) {
      try {
        OcclusionMaps maps = running.begun.finish();
        change(() -> results.put(running.job.index, maps));
      } finally {
        running.job.picture.close();
      }
    }

    /** The first failure is the one that is told; what it stops elsewhere is none. */
    private void fail(Throwable e) {
      change(
          () -> {
            if (!ended) {
              failure = e;
            }
            ended = true;
          });
    }

    void close() {
      jobs.forEach(j -> j.picture.close());
      jobs.clear();
    }
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    sweeps.forEach(Sweep::close);
  }
}
