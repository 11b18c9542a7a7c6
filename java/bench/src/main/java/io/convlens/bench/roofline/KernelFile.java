package io.convlens.bench.roofline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kernel's file as the comment at its head describes it.
 *
 * @param name the file's name
 * @param purpose the comment's first paragraph
 * @param bound the paragraph that states a bound
 */
record KernelFile(String name, String purpose, String bound) {
  private static final String BOUND = "Bound: ";

  /** The files of a folder whose heads state a bound, by name. */
  static List<KernelFile> in(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> f.toString().endsWith(".cu")).sorted().toList();
    }
    List<KernelFile> kernels = new ArrayList<>();
    for (Path file : files) {
      read(file).ifPresent(kernels::add);
    }
    return kernels;
  }

  private static Optional<KernelFile> read(Path file) throws IOException {
    String text = Files.readString(file);
    String head = text.substring(0, text.indexOf("*/")).replaceAll("(?m)^[/ ]\\*+ ?", "");
    List<String> paragraphs =
        Stream.of(head.split("\n\\s*\n")).map(p -> p.strip().replaceAll("\\s+", " ")).toList();
    return paragraphs.stream()
        .filter(p -> p.startsWith(BOUND))
        .findFirst()
        .map(
            bound ->
                new KernelFile(
                    file.getFileName().toString(),
                    paragraphs.getFirst(),
                    bound.substring(BOUND.length())));
  }
}
