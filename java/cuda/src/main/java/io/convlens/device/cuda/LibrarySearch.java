package io.convlens.device.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which libraries are here, and where. Nothing is loaded by looking. */
final class LibrarySearch {
  /** What the folder that comes first is asked for by, in a JVM and in a shell. */
  static final String PROPERTY = "convlens.cuda.libs";

  private static final String VARIABLE = "CONVLENS_CUDA_LIBS";

  /** Where a build leaves our kernels, from the root of the application. */
  private static final Path KERNELS = Path.of("native/build");

  private final Map<Library, FoundLibrary> found = new EnumMap<>(Library.class);

  private LibrarySearch() {}

  /** Looks through this machine. */
  static LibrarySearch ofThisMachine() {
    Optional<Path> asked =
        Stream.of(System.getProperty(PROPERTY), System.getenv(VARIABLE))
            .filter(text -> text != null && !text.isBlank())
            .findFirst()
            .map(text -> Path.of(text).toAbsolutePath());
    List<SearchPath.Folder> folders = SearchPath.folders(Path.of("/"), System.getenv(), asked);
    return of(folders, asked, applicationFolder());
  }

  /**
   * Looks through folders.
   *
   * @param asked the folder that was asked for: the first one to hold our kernels
   * @param application where this application lies, if that is known: it and the folders above may
   *     hold our kernels
   */
  static LibrarySearch of(
      List<SearchPath.Folder> folders, Optional<Path> asked, Optional<Path> application) {
    var search = new LibrarySearch();
    for (Library library : Library.values()) {
      if (library == Library.KERNELS) {
        asked.ifPresent(folder -> search.look(library, folder, PROPERTY));
        search.lookAbove(application);
      } else {
        folders.forEach(f -> search.look(library, f.path(), f.origin()));
      }
      if (!search.found.containsKey(library)) {
        BundledLibrary.unpack(library).ifPresent(f -> search.found.put(library, f));
      }
    }
    return search;
  }

  private void lookAbove(Optional<Path> application) {
    application.ifPresent(folder -> look(Library.KERNELS, folder, "beside the application"));
    for (Path p = application.orElse(null); p != null; p = p.getParent()) {
      look(Library.KERNELS, p.resolve(KERNELS), "beside the application");
    }
  }

  private void look(Library library, Path folder, String origin) {
    Path file = folder.resolve(library.file());
    if (found.containsKey(library) || !Files.isRegularFile(file)) {
      return;
    }
    try {
      found.put(library, FoundLibrary.of(library, file, origin));
    } catch (IOException e) {
      // A link to nowhere is no library.
      return;
    }
  }

  private static Optional<Path> applicationFolder() {
    return Optional.ofNullable(LibrarySearch.class.getProtectionDomain().getCodeSource())
        .map(source -> source.getLocation())
        .filter(url -> url.getProtocol().equals("file"))
        .map(url -> Path.of(url.getPath()).getParent());
  }

  /** Where a library is, if it is. */
  Optional<FoundLibrary> find(Library library) {
    return Optional.ofNullable(found.get(library));
  }

  /** For each library its file and version, or how to get it. */
  List<String> describe() {
    return Stream.of(Library.values()).map(this::describe).toList();
  }

  private String describe(Library library) {
    return find(library).map(FoundLibrary::description).orElseGet(() -> missing(library));
  }

  /** One line: what is missing and how to get it. */
  static String missing(Library library) {
    return "%s (%s) is not found: %s".formatted(library.title(), library.file(), library.remedy());
  }
}
