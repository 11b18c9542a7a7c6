package io.convlens.device.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folders that libraries are looked for in, in order: the one that was asked for, the CUDA
 * toolkit's usual places, the loader's path, NVIDIA's Python packages.
 */
final class SearchPath {
  /** A folder, and how we came to look there. */
  record Folder(String origin, Path path) {}

  private static final List<String> TOOLKITS =
      List.of("/usr/local/cuda", "/usr/local/cuda-13*", "/opt/cuda", "/opt/cuda-13*");

  private static final List<String> SYSTEM =
      List.of(
          "/usr/local/nvidia/lib64",
          "/usr/lib/wsl/lib",
          "/usr/local/lib",
          "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu",
          "/lib64",
          "/usr/lib64",
          "/usr/lib");

  private final Path root;
  private final Map<String, String> environment;
  private final List<Folder> folders = new ArrayList<>();

  private SearchPath(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /**
   * The folders of a machine that exist.
   *
   * @param root where its file system begins
   * @param asked the folder that comes first, if one was asked for
   */
  static List<Folder> folders(Path root, Map<String, String> environment, Optional<Path> asked) {
    var search = new SearchPath(root, environment);
    asked.ifPresent(folder -> search.add("convlens.cuda.libs", folder));
    search.toolkits();
    search.loaderPath();
    search.pythonPackages();
    return List.copyOf(search.folders);
  }

  private void add(String origin, Path folder) {
    if (Files.isDirectory(folder) && folders.stream().noneMatch(f -> f.path().equals(folder))) {
      folders.add(new Folder(origin, folder));
    }
  }

  private void toolkits() {
    Stream.of("CUDA_HOME", "CUDA_PATH")
        .flatMap(this::paths)
        .forEach(home -> toolkit("CUDA toolkit", home));
    for (String pattern : TOOLKITS) {
      glob(absolute(pattern)).forEach(home -> toolkit("CUDA toolkit", home));
    }
  }

  private void toolkit(String origin, Path home) {
    add(origin, home.resolve("lib64"));
    add(origin, home.resolve("lib"));
    add(origin, home.resolve("targets/x86_64-linux/lib"));
  }

  private void loaderPath() {
    paths("LD_LIBRARY_PATH").forEach(folder -> add("LD_LIBRARY_PATH", folder));
    configured(absolute("/etc/ld.so.conf"), new HashSet<>())
        .forEach(folder -> add("loader's path", folder));
    SYSTEM.forEach(folder -> add("loader's path", absolute(folder)));
  }

  /** The folders that the loader's configuration names, files that it includes as well. */
  private List<Path> configured(Path file, Set<Path> read) {
    List<Path> found = new ArrayList<>();
    if (!read.add(file)) {
      return found;
    }
    for (String line : lines(file)) {
      String text = line.replaceFirst("#.*", "").strip();
      if (text.startsWith("include ")) {
        Path pattern = file.resolveSibling(text.substring("include ".length()).strip());
        glob(pattern.startsWith(root) ? pattern : absolute(pattern.toString()))
            .forEach(included -> found.addAll(configured(included, read)));
      } else if (text.startsWith("/")) {
        found.add(absolute(text));
      }
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      // A configuration that can't be read names nothing.
      return List.of();
    }
  }

  private void pythonPackages() {
    List<Path> sites = new ArrayList<>();
    paths("PYTHONPATH").forEach(sites::add);
    Stream.of("VIRTUAL_ENV", "CONDA_PREFIX")
        .flatMap(this::paths)
        .forEach(home -> sites.addAll(sitePackages(home)));
    paths("PATH")
        .filter(bin -> Files.isExecutable(bin.resolve("python3")) && bin.getParent() != null)
        .forEach(bin -> sites.addAll(sitePackages(bin.getParent())));
    paths("HOME").forEach(home -> sites.addAll(sitePackages(home.resolve(".local"))));
    for (String prefix : List.of("/usr/local", "/usr", "/opt/conda", "/opt/venv", "/venv")) {
      sites.addAll(sitePackages(absolute(prefix)));
    }
    for (Path site : sites) {
      glob(site.resolve("nvidia/*/lib")).forEach(lib -> add("Python package", lib));
    }
  }

  private static List<Path> sitePackages(Path prefix) {
    List<Path> found = new ArrayList<>();
    for (String folder : List.of("site-packages", "dist-packages")) {
      found.addAll(glob(prefix.resolve("lib/python3*").resolve(folder)));
    }
    return found;
  }

  private Stream<Path> paths(String variable) {
    return Stream.of(environment.getOrDefault(variable, "").split(":", -1))
        .filter(text -> text.startsWith("/"))
        .map(this::absolute);
  }

  private Path absolute(String path) {
    return root.resolve(path.replaceFirst("^/+", ""));
  }

  /** What a path with stars matches, in the order of names. */
  private static List<Path> glob(Path pattern) {
    List<Path> found = List.of(pattern.getRoot());
    for (Path name : pattern) {
      found = found.stream().flatMap(folder -> children(folder, name.toString())).toList();
    }
    return found;
  }

  private static Stream<Path> children(Path folder, String name) {
    if (!name.contains("*")) {
      Path child = folder.resolve(name);
      return Files.exists(child) ? Stream.of(child) : Stream.empty();
    }
    if (!Files.isDirectory(folder)) {
      return Stream.empty();
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> matching = Files.newDirectoryStream(folder, name)) {
      matching.forEach(found::add);
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // A folder that can't be listed holds nothing for us.
      return Stream.empty();
    }
    return found.stream().sorted();
  }
}
