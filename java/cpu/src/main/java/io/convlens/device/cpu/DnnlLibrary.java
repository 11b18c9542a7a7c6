package io.convlens.device.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Finds {@code libdnnl.so.3} and the OpenMP runtime it needs in the class path, unpacks them once
 * into the user's cache folder and loads them.
 */
final class DnnlLibrary {
  /** What loading came to. */
  sealed interface Outcome {
    /** The library's symbols; those of its OpenMP runtime are found through it too. */
    record Loaded(SymbolLookup symbols) implements Outcome {}

    /** Why there is none, in words. */
    record Missing(String reason) implements Outcome {}
  }

  private static final String FOLDER = "/org/bytedeco/dnnl/linux-x86_64/";
  private static final String LIBRARY = "libdnnl.so.3";

  /** The OpenMP runtime comes first: the library's RUNPATH looks for it in its own folder. */
  private static final List<String> FILES = List.of("libgomp.so.1", LIBRARY);

  /**
   * How often an OpenMP thread looks for work before it sleeps. Measured on chains of 40 small
   * convolutions, 2 threads: without spinning each costs 45 µs more (167 for 229 GFLOP/s), from
   * 1000 on nothing more is gained; but when another process wants a core, OpenMP's default or
   * 20000 spin through whole time slices and are 5 to 30 times slower than 1000 to 2000. A value
   * that the user has set stays.
   */
  private static final String SPINS = "2000";

  private static final Outcome OUTCOME = load();

  private DnnlLibrary() {}

  /** The library, loaded by the first call, or why it can't be. */
  static Outcome outcome() {
    return OUTCOME;
  }

  private static Outcome load() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      return new Outcome.Missing("oneDNN is packaged for Linux amd64; this is " + system);
    }
    if (DnnlLibrary.class.getResource(FOLDER + LIBRARY) == null) {
      return new Outcome.Missing(
          "oneDNN is not on the class path: add org.bytedeco:dnnl with classifier linux-x86_64");
    }
    try {
      Path cached = cacheFolder();
      if (cached != null) {
        return open(unpack(cached));
      }
      return openTemporary();
    } catch (IOException | IllegalArgumentException | IllegalCallerException e) {
      return new Outcome.Missing("oneDNN can't be loaded: " + e.getMessage());
    }
  }

  private static Outcome open(Path library) {
    Libc.setenvIfUnset("GOMP_SPINCOUNT", SPINS);
    return new Outcome.Loaded(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  /** Unpacks for this process only, where no cache folder can be written. */
  private static Outcome openTemporary() throws IOException {
    Path folder = Files.createTempDirectory("convlens-dnnl");
    try {
      return open(unpack(folder));
    } finally {
      // A loaded library needs its name no more.
      for (String file : FILES) {
        Files.deleteIfExists(folder.resolve(file));
      }
      Files.deleteIfExists(folder);
    }
  }

  /** The user's own cache folder, or null where there is none to write to. */
  private static @Nullable Path cacheFolder() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg != null && Path.of(xdg).isAbsolute()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    try {
      Path convlens = Files.createDirectories(base.resolve("convlens"));
      Path folder = convlens.resolve("dnnl-" + version());
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      return Files.isWritable(folder) ? folder : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** The artifact's version, so that versions don't overwrite each other. */
  private static String version() throws IOException {
    var properties = new Properties();
    try (InputStream in =
        DnnlLibrary.class.getResourceAsStream("/META-INF/maven/org.bytedeco/dnnl/pom.properties")) {
      if (in != null) {
        properties.load(in);
      }
    }
    return properties.getProperty("version", "unknown");
  }

  /** Unpacks what is not there in full, each file whole or not at all; returns the library. */
  static Path unpack(Path folder) throws IOException {
    for (String file : FILES) {
      URL resource = DnnlLibrary.class.getResource(FOLDER + file);
      if (resource == null) {
        throw new IOException(file + " is missing in the class path");
      }
      Path target = folder.resolve(file);
      long size = resource.openConnection().getContentLengthLong();
      if (Files.exists(target) && Files.size(target) == size) {
        continue;
      }
      Path partial = Files.createTempFile(folder, file, ".partial");
      try (InputStream in = resource.openStream()) {
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    }
    return folder.resolve(LIBRARY);
  }
}
