package io.convlens.device.cuda;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closing many things, each one whatever becomes of the others. */
final class Closing {
  private Closing() {}

  /** Closes all, the last first; then throws what the first failure was. */
  static void all(Collection<? extends AutoCloseable> things) {
    RuntimeException failure = null;
    for (AutoCloseable thing : List.copyOf(things).reversed()) {
      failure = close(thing, failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Closes something since something else failed; what that brings is a suppressed failure. */
  static void after(Throwable failure, AutoCloseable thing) {
    try {
      thing.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
  }

  private static @Nullable RuntimeException close(
      AutoCloseable thing, @Nullable RuntimeException failure) {
    try {
      thing.close();
      return failure;
    } catch (Exception e) {
      RuntimeException now =
          e instanceof RuntimeException r ? r : new IllegalStateException("closing failed", e);
      if (failure == null) {
        return now;
      }
      if (!failure.equals(now)) {
        failure.addSuppressed(now);
      }
      return failure;
    }
  }
}
