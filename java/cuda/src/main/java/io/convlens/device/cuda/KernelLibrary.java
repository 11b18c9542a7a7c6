package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Our kernels, {@code libconvlens_kernels.so}, by the interface of {@code convlens_kernels.h}.
 * Loaded by the first call that asks; the driver comes before it.
 */
final class KernelLibrary {
  /** {@code CLK_VERSION}: what this class was written for. */
  private static final int VERSION = 4;

  private static final int MOST_BYTES = 1 << 12;

  /** What loading came to. */
  sealed interface Outcome {
    /** The library. */
    record Loaded(KernelLibrary library) implements Outcome {}

    /** Why there is none, in words. */
    record Missing(String reason) implements Outcome {}
  }

  private static final Outcome OUTCOME = load();

  private final Map<Operation, MethodHandle> launchers = new EnumMap<>(Operation.class);
  private final MethodHandle errorText;

  private KernelLibrary(SymbolLookup symbols) {
    Linker linker = Linker.nativeLinker();
    this.errorText =
        linker.downcallHandle(
            symbols.findOrThrow("clk_error_text"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
    FunctionDescriptor launcher = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG);
    for (Operation operation : Operation.values()) {
      launchers.put(
          operation, linker.downcallHandle(symbols.findOrThrow(operation.launcher()), launcher));
    }
  }

  /** The library, or why there is none. */
  static Outcome outcome() {
    return OUTCOME;
  }

  /** The library. */
  static KernelLibrary get() {
    return switch (OUTCOME) {
      case Outcome.Loaded(KernelLibrary library) -> library;
      case Outcome.Missing(String reason) ->
          throw new DeviceException(DeviceException.Kind.UNAVAILABLE, reason);
    };
  }

  private static Outcome load() {
    if (DriverLibrary.outcome() instanceof DriverLibrary.Outcome.Missing(String reason)) {
      return new Outcome.Missing(reason);
    }
    Optional<FoundLibrary> found = DriverLibrary.search().find(Library.KERNELS);
    if (found.isEmpty()) {
      return new Outcome.Missing(LibrarySearch.missing(Library.KERNELS));
    }
    try {
      SymbolLookup symbols = SymbolLookup.libraryLookup(found.get().file(), Arena.global());
      int version = version(symbols);
      return version == VERSION
          ? new Outcome.Loaded(new KernelLibrary(symbols))
          : new Outcome.Missing(
              "%s is of version %d, %d is needed: %s"
                  .formatted(found.get().file(), version, VERSION, Library.KERNELS.remedy()));
    } catch (IllegalArgumentException | java.util.NoSuchElementException e) {
      return new Outcome.Missing(
          "our kernels %s can't be loaded: %s".formatted(found.get().file(), e.getMessage()));
    }
  }

  private static int version(SymbolLookup symbols) {
    MethodHandle version =
        Linker.nativeLinker()
            .downcallHandle(symbols.findOrThrow("clk_version"), FunctionDescriptor.of(JAVA_INT));
    try {
      return (int) version.invokeExact();
    } catch (Throwable e) {
      throw broken(e);
    }
  }

  private static IllegalStateException broken(Throwable thrown) {
    return new IllegalStateException("a call of our kernels failed", thrown);
  }

  /**
   * Queues an operation; returns CUDA's code.
   *
   * @param words the argument struct, eight bytes a field
   */
  int launch(Operation operation, long[] words, long stream) {
    MethodHandle launcher = launchers.get(operation);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment arguments = arena.allocateFrom(JAVA_LONG, words);
      try {
        return (int) launcher.invokeExact(arguments, stream);
      } catch (Throwable e) {
        throw broken(e);
      }
    }
  }

  /** CUDA's text for a code. */
  String text(int code) {
    MemorySegment text;
    try {
      text = (MemorySegment) errorText.invokeExact(code);
    } catch (Throwable e) {
      throw broken(e);
    }
    return text.address() == 0 ? "no text" : text.reinterpret(MOST_BYTES).getString(0);
  }
}
