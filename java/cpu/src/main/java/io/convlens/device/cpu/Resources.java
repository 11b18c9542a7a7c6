package io.convlens.device.cpu;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things that are closed together, the last one added first. */
final class Resources implements AutoCloseable {
  /** Something to close that does not throw checked exceptions. */
  private final Deque<AutoCloseable> all = new ArrayDeque<>();

  /** Takes over the closing of something. */
  <T extends AutoCloseable> T add(T resource) {
    all.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!all.isEmpty()) {
      try {
        all.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
