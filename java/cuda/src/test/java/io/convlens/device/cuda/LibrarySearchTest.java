package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where libraries are looked for, and in which order, in file systems made up for it. */
final class LibrarySearchTest {
  private static final String RUNTIME = "libcudart.so.13";

  @TempDir private Path temporary;
  private final Map<String, String> environment = new HashMap<>();

  private Path root() throws IOException {
    return temporary.toRealPath();
  }

  private Path place(String path) throws IOException {
    Path file = root().resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  private LibrarySearch search(Optional<Path> asked) throws IOException {
    return LibrarySearch.of(
        SearchPath.folders(root(), environment, asked), asked, Optional.empty());
  }

  private Path found(Library library) throws IOException {
    return search(Optional.empty()).find(library).orElseThrow().file();
  }

  @Test
  void eachPlaceIsPreferredToTheNext() throws IOException {
    environment.put("CUDA_HOME", "/home/cuda");
    environment.put("LD_LIBRARY_PATH", "relative::/loaded");
    environment.put("VIRTUAL_ENV", "/env");
    place("usr/bin/python3").toFile().setExecutable(true);
    environment.put("PATH", "/usr/bin");
    Path conf = place("etc/ld.so.conf");
    Files.writeString(conf, "include ld.so.conf.d/*.conf # more\n/listed\n");
    Files.writeString(place("etc/ld.so.conf.d/a.conf"), "/included\n");
    List<Path> inOrder =
        List.of(
            place("home/cuda/lib64/" + RUNTIME),
            place("usr/local/cuda/lib64/" + RUNTIME),
            place("usr/local/cuda-13.0/targets/x86_64-linux/lib/" + RUNTIME),
            place("loaded/" + RUNTIME),
            place("included/" + RUNTIME),
            place("listed/" + RUNTIME),
            place("usr/lib/x86_64-linux-gnu/" + RUNTIME),
            place("env/lib/python3.12/site-packages/nvidia/cu13/lib/" + RUNTIME),
            place("usr/lib/python3.11/dist-packages/nvidia/cuda_runtime/lib/" + RUNTIME));
    for (Path expected : inOrder) {
      assertEquals(expected, found(Library.RUNTIME));
      Files.delete(expected);
    }
    assertTrue(search(Optional.empty()).find(Library.RUNTIME).isEmpty());
  }

  @Test
  void theFolderThatIsAskedForComesFirst() throws IOException {
    place("usr/local/cuda/lib64/" + RUNTIME);
    Path asked = place("asked/" + RUNTIME);
    LibrarySearch search = search(Optional.of(asked.getParent()));
    assertEquals(asked, search.find(Library.RUNTIME).orElseThrow().file());
  }

  @Test
  void whatTheFolderLacksIsFoundElsewhere() throws IOException {
    Path elsewhere = place("usr/local/cuda/lib64/" + RUNTIME);
    Path asked = Files.createDirectories(root().resolve("asked"));
    LibrarySearch search = search(Optional.of(asked));
    assertEquals(elsewhere, search.find(Library.RUNTIME).orElseThrow().file());
  }

  @Test
  void linksAreFollowedAndTellTheVersion() throws IOException {
    Path file = place("usr/lib/x86_64-linux-gnu/libcudnn_ops.so.9.25.0");
    Files.createSymbolicLink(file.resolveSibling("libcudnn_ops.so.9"), file.getFileName());
    FoundLibrary found = search(Optional.empty()).find(Library.DNN_OPS).orElseThrow();
    assertEquals("cuDNN, operations 9.25.0: " + file + " (loader's path)", found.description());
  }

  @Test
  void aLinkToNowhereIsNoLibrary() throws IOException {
    Path folder = Files.createDirectories(root().resolve("usr/lib64"));
    Files.createSymbolicLink(folder.resolve(RUNTIME), Path.of("gone"));
    assertTrue(search(Optional.empty()).find(Library.RUNTIME).isEmpty());
  }

  @Test
  void aConfigurationThatIncludesItselfEnds() throws IOException {
    Files.writeString(place("etc/ld.so.conf"), "include /etc/ld.so.conf\n/listed\n");
    Path listed = place("listed/" + RUNTIME);
    assertEquals(listed, found(Library.RUNTIME));
  }

  @Test
  void ourKernelsLieInTheFolderOrAboveTheApplication() throws IOException {
    Path built = place("app/native/build/libconvlens_kernels.so");
    Path asked = place("asked/libconvlens_kernels.so");
    Optional<Path> application =
        Optional.of(Files.createDirectories(root().resolve("app/java/cuda/target")));
    assertEquals(
        built,
        LibrarySearch.of(List.of(), Optional.empty(), application)
            .find(Library.KERNELS)
            .orElseThrow()
            .file());
    assertEquals(
        asked,
        LibrarySearch.of(List.of(), Optional.of(asked.getParent()), application)
            .find(Library.KERNELS)
            .orElseThrow()
            .file());
  }

  @Test
  void whatIsMissingIsSaidWithItsRemedy() {
    List<String> lines = LibrarySearch.of(List.of(), Optional.empty(), Optional.empty()).describe();
    assertEquals(Library.values().length, lines.size());
    for (Library library : Library.values()) {
      assertTrue(
          lines.stream().anyMatch(l -> l.contains(library.file()) && l.contains(library.remedy())),
          library.file());
    }
  }
}
