package io.convlens.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where figures come from.
 *
 * @param processor the CPU's name
 * @param vectors the widest vector instructions it has
 * @param cores those that this process may use
 * @param memoryGibibytes the machine's memory
 * @param system the kernel
 * @param java the JVM
 * @param onnxRuntime the peer's version
 */
record Machine(
    String processor,
    String vectors,
    int cores,
    long memoryGibibytes,
    String system,
    String java,
    String onnxRuntime) {

  /** This machine. What Linux does not tell is empty. */
  static Machine here() {
    List<String> cpu = lines(Path.of("/proc/cpuinfo"));
    return new Machine(
        field(cpu, "model name"),
        vectors(field(cpu, "flags")),
        Runtime.getRuntime().availableProcessors(),
        Math.round(kibibytes() / (double) (1 << 20)),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.version"),
        OrtPeer.version());
  }

  private static String vectors(String flags) {
    return Stream.of("amx_tile", "avx512f", "avx2", "avx")
        .filter(flags::contains)
        .findFirst()
        .orElse("");
  }

  private static long kibibytes() {
    String total = field(lines(Path.of("/proc/meminfo")), "MemTotal").replaceAll("\\D", "");
    return total.isEmpty() ? 0 : Long.parseLong(total);
  }

  private static String field(List<String> lines, String name) {
    return lines.stream()
        .filter(l -> l.startsWith(name))
        .map(l -> l.substring(l.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }

  @Override
  public String toString() {
    return "%s (%s), %d cores, %d GiB, %s, %s, ONNX Runtime %s"
        .formatted(processor, vectors, cores, memoryGibibytes, system, java, onnxRuntime);
  }
}
