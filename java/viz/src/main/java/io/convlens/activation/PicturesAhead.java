package io.convlens.activation;

import io.convlens.io.Futures;
import io.convlens.network.PictureSet;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Pictures in order, decoded by a thread of their own while the network looks at earlier ones. */
final class PicturesAhead implements AutoCloseable {
  private final PictureSet pictures;
  private final int depth;
  private final int end;
  private final Deque<Future<@Nullable Tensor>> pending = new ArrayDeque<>();
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("pictures").factory());
  private int next;
  private volatile boolean stopped;

  /**
   * Pictures from one on.
   *
   * @param depth how many are held at most
   */
  PicturesAhead(PictureSet pictures, int from, int end, int depth) {
    this.pictures = pictures;
    this.next = from;
    this.end = end;
    this.depth = depth;
    refill();
  }

  private void refill() {
    while (next < end && pending.size() < depth) {
      int index = next++;
      pending.add(worker.submit(() -> stopped ? null : pictures.tensor(index)));
    }
  }

  /** The next picture; the caller closes it. */
  Tensor take() {
    Tensor picture = Futures.result(pending.remove());
    refill();
    if (picture == null) {
      throw new IllegalStateException("stopped");
    }
    return picture;
  }

  /** Frees what was decoded and not taken. */
  @Override
  public void close() {
    stopped = true;
    for (Future<@Nullable Tensor> future : pending) {
      try {
        Tensor left = Futures.result(future);
        if (left != null) {
          left.close();
        }
      } catch (RuntimeException e) {
        // A picture that nobody asked for any more could not be read: nothing to free.
      }
    }
    pending.clear();
    worker.shutdown();
  }
}
