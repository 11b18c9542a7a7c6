package io.convlens.device.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/** NVIDIA's driver, loaded by the first call that asks for it. */
final class DriverLibrary {
  /** What loading came to. */
  sealed interface Outcome {
    /** The driver's symbols. */
    record Loaded(SymbolLookup symbols) implements Outcome {}

    /** Why there is none, in words. */
    record Missing(String reason) implements Outcome {}
  }

  private static final LibrarySearch SEARCH = LibrarySearch.ofThisMachine();
  private static final Outcome OUTCOME = load();

  private DriverLibrary() {}

  /** The libraries of this machine. */
  static LibrarySearch search() {
    return SEARCH;
  }

  /** The driver, or why there is none. */
  static Outcome outcome() {
    return OUTCOME;
  }

  private static Outcome load() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      return new Outcome.Missing("CUDA devices are used on Linux amd64; this is " + system);
    }
    Optional<FoundLibrary> driver = SEARCH.find(Library.DRIVER);
    if (driver.isEmpty()) {
      return new Outcome.Missing(LibrarySearch.missing(Library.DRIVER));
    }
    try {
      return new Outcome.Loaded(SymbolLookup.libraryLookup(driver.get().file(), Arena.global()));
    } catch (IllegalArgumentException e) {
      return new Outcome.Missing(
          "the driver %s can't be loaded: %s".formatted(driver.get().file(), e.getMessage()));
    }
  }
}
