package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The few calls of the C library that the device needs: pages of memory, and the environment. */
final class Libc {
  private static final MethodHandle SETENV = handle("setenv", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle MMAP =
      handle("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MUNMAP = handle("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MADVISE =
      handle("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_HUGEPAGE = 14;

  private Libc() {}

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
    var linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /** Sets a variable of the process's environment as native code sees it, unless it is set. */
  static void setenvIfUnset(String name, String value) {
    int status;
    try (var arena = Arena.ofConfined()) {
      status = (int) SETENV.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (status != 0) {
      throw new IllegalArgumentException("setenv " + name + " failed");
    }
  }

  /** The address of fresh zeroed pages, or −1 where there are none. */
  static long map(long bytes) {
    try {
      return (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Gives pages back. */
  static void unmap(long address, long bytes) {
    int status;
    try {
      status = (int) MUNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    if (status != 0) {
      throw new IllegalStateException("munmap of " + bytes + " bytes failed");
    }
  }

  /** Asks for huge pages; a kernel that has none to give is no error. */
  static void adviseHugePages(long address, long bytes) {
    try {
      int ignored = (int) MADVISE.invokeExact(address, bytes, MADV_HUGEPAGE);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The bytes from an address on; nothing guards them but the owner. */
  static MemorySegment view(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  /** What a downcall throws of itself: nothing that can be handled. */
  static AssertionError unexpected(Throwable e) {
    return new AssertionError("a native call could not be made", e);
  }
}
