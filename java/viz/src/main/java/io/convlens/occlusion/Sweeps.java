package io.convlens.occlusion;

import io.convlens.io.Futures;
import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;

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
    long total = (long) first().positions() * pictures.count();
    long[] done = {0};
    try (var queue = new SweepQueue(more -> listener.progress(done[0] += more, total))) {
      sweeps.forEach(queue::put);
      Deque<Future<OcclusionMaps>> begun = new ArrayDeque<>();
      int given = 0;
      for (int taken = 0; taken < pictures.count(); taken++) {
        while (given < pictures.count() && given < taken + AHEAD * sweeps.size()) {
          begun.add(queue.add(pictures.tensor(given), (_, _, maps) -> maps));
          given++;
        }
        each.take(taken, Futures.result(begun.remove()));
      }
    }
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    sweeps.forEach(Sweep::close);
  }
}
