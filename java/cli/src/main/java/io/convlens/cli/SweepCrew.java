package io.convlens.cli;

import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sweeps on several devices at once, each with a thread of its own; pictures go to them in turns.
 * Closing it stops what runs and waits for it.
 */
final class SweepCrew implements AutoCloseable {
  private final List<ExecutorService> threads = new ArrayList<>();
  private int turn;
  private volatile boolean stopped;

  /** What a device makes of a picture after its sweep, in the device's thread. */
  @FunctionalInterface
  interface After<T> {
    T of(int device, Tensor picture, OcclusionMaps maps);
  }

  /**
   * Hands a picture to the next device; it is closed when its sweep is done, or not begun.
   *
   * @param sweeps one a device, the same with each call
   */
  <T> Future<T> begin(
      List<Sweep> sweeps, ReadyPicture.Usable picture, OcclusionListener listener, After<T> after) {
    int number = turn++ % sweeps.size();
    while (threads.size() <= number) {
      threads.add(
          Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("sweep").factory()));
    }
    return threads
        .get(number)
        .submit(
            () -> {
              try (picture) {
                if (stopped) {
                  throw new CancellationException("stopped");
                }
                Tensor input = picture.prepared().input();
                OcclusionMaps maps =
                    sweeps
                        .get(number)
                        .maps(
                            input, 0, (done, total) -> !stopped && listener.progress(done, total));
                return after.of(number, input, maps);
              }
            });
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(ExecutorService::close);
  }
}
