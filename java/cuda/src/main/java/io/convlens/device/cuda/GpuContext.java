package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import io.convlens.device.DeviceException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A use of a GPU's primary context: made current on each thread that calls, given back by {@link
 * #close}. Statuses are checked here. Some errors leave the whole context unusable: after one,
 * every call fails with what happened first, and closing resets the GPU's context, so that it can
 * be opened anew.
 */
final class GpuContext implements AutoCloseable {
  /**
   * Errors after which, as {@code cuda.h} has it, nothing more can be done in the context: a lost
   * device (46), memory errors (214, 220, 226), failures of a kernel (700, 702, 709, 710, 714 to
   * 719, 721), and the unknown (999).
   */
  private static final Set<Integer> STICKY =
      Set.of(46, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 999);

  /** The use whose context is current on a thread. */
  private static final ThreadLocal<@Nullable GpuContext> CURRENT = new ThreadLocal<>();

  private final Gpu gpu;
  private final long context;
  private String last = "nothing";
  private @Nullable DeviceException death;
  private boolean closed;

  GpuContext(Gpu gpu) {
    this.gpu = gpu;
    this.context =
        longFrom("cuDevicePrimaryCtxRetain", gpu, out -> Driver.contextRetain(out, gpu.handle()));
  }

  Gpu gpu() {
    return gpu;
  }

  /** Makes the context current on this thread, unless it died. */
  void enter() {
    if (closed) {
      throw new IllegalStateException(gpu.id() + " is closed");
    }
    if (death != null) {
      throw new DeviceException(
          death.kind(), gpu.id() + " can't be used any more since " + death.getMessage(), death);
    }
    makeCurrent();
  }

  private void makeCurrent() {
    if (CURRENT.get() != this) {
      check("cuCtxSetCurrent", Driver.contextSetCurrent(context), gpu.id());
      CURRENT.set(this);
    }
  }

  /**
   * Makes the context current on this thread so that what is in it can be freed, dead or not. One
   * that can't be made current is dead, and its reset frees all but pinned memory of the host: that
   * is worth a second try.
   */
  void enterToFree() {
    if (CURRENT.get() != this) {
      int first = Driver.contextSetCurrent(context);
      int code = first == Driver.SUCCESS ? first : Driver.contextSetCurrent(context);
      if (code == Driver.SUCCESS) {
        CURRENT.set(this);
      } else {
        die(failure("cuCtxSetCurrent", code, DriverErrors.text(code), "while freeing"));
      }
    }
  }

  /** Notes what is queued, for the message of an error that shows later. */
  void queued(String problem) {
    last = problem;
  }

  /** What was queued last. */
  String last() {
    return last;
  }

  boolean isDead() {
    return death != null;
  }

  /** Declares the context unusable: something in it could not be freed, or it failed. */
  void die(DeviceException why) {
    if (death == null) {
      death = why;
    }
  }

  /**
   * Throws unless a call of the driver succeeded.
   *
   * @param about what it was about: sizes, shapes
   */
  void check(String call, int code, Object about) {
    if (code != Driver.SUCCESS) {
      throw failure(call, code, DriverErrors.text(code), about);
    }
  }

  /** The failure of a call, which is the context's end if the code is sticky. */
  DeviceException failure(String call, int code, String text, Object about) {
    Kind kind = code == Driver.OUT_OF_MEMORY ? Kind.OUT_OF_MEMORY : Kind.FAILED;
    var failure =
        new DeviceException(
            kind, "%s on %s: %s (%d); %s".formatted(call, gpu.id(), text, code, about));
    if (STICKY.contains(code)) {
      die(failure);
    }
    return failure;
  }

  /** The handle or address that a function of the driver hands out. */
  long make(String call, Object about, ToIntFunction<MemorySegment> function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check(call, function.applyAsInt(out), about);
      return out.get(JAVA_LONG, 0);
    }
  }

  /** Frees something; a context that can't do so is dead. */
  void free(String call, int code) {
    if (code == Driver.SUCCESS || isDead()) {
      return;
    }
    DeviceException failure = failure(call, code, DriverErrors.text(code), "while freeing");
    die(failure);
    throw failure;
  }

  private static long longFrom(String call, Gpu gpu, ToIntFunction<MemorySegment> function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      int code = function.applyAsInt(out);
      if (code != Driver.SUCCESS) {
        Kind kind = code == Driver.OUT_OF_MEMORY ? Kind.OUT_OF_MEMORY : Kind.UNAVAILABLE;
        throw new DeviceException(
            kind, "%s on %s: %s (%d)".formatted(call, gpu.id(), DriverErrors.text(code), code));
      }
      return out.get(JAVA_LONG, 0);
    }
  }

  /** Gives the context back, reset if it is dead; twice is fine. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    CURRENT.remove();
    if (isDead()) {
      // Frees all that is left in it. What a dead context answers tells nothing new.
      int _ = Driver.contextReset(gpu.handle());
      int _ = Driver.contextRelease(gpu.handle());
      return;
    }
    int code = Driver.contextRelease(gpu.handle());
    if (code != Driver.SUCCESS) {
      throw failure("cuDevicePrimaryCtxRelease", code, DriverErrors.text(code), gpu.id());
    }
  }
}
