package io.convlens.cli;

import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.Sweep;
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

  /**
   * Hands a picture to the next device; it is closed when its sweep is done, or not begun.
   *
   * @param sweeps one a device, the same with each call
   */
  Future<OcclusionMaps> begin(
      List<Sweep> sweeps, ReadyPicture.Usable picture, OcclusionListener listener) {
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
                return sweeps
                    .get(number)
                    .maps(
                        picture.prepared().input(),
                        0,
                        (done, total) -> !stopped && listener.progress(done, total));
              }
            });
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(ExecutorService::close);
  }
}
