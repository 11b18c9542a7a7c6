package io.convlens.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Counts native memory around every test class: what a class opens, it closes. Found by JUnit
 * itself in every module that has core's tests on its class path.
 */
public final class NothingLeftOpen implements BeforeAllCallback, AfterAllCallback {
  private static final Namespace HERE = Namespace.create(NothingLeftOpen.class);

  private record Open(long tensors, long deviceObjects) {
    static Open now() {
      return new Open(Tensor.live(), liveDeviceObjects());
    }

    /** Modules that don't know the CPU device have none of its objects. */
    private static long liveDeviceObjects() {
      try {
        var live = Class.forName("io.convlens.device.cpu.CpuDevice").getDeclaredMethod("live");
        live.setAccessible(true);
        return (long) live.invoke(null);
      } catch (ClassNotFoundException e) {
        return 0;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the CPU device has no counter any more", e);
      }
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context.getStore(HERE).put(context.getUniqueId(), Open.now());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Object before = context.getStore(HERE).get(context.getUniqueId());
    assertEquals(before, Open.now(), "native memory that " + context.getDisplayName() + " left");
  }
}
