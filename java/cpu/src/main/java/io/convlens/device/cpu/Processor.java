package io.convlens.device.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** What Linux says about the processor. */
final class Processor {
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  /** Where the kernel says nothing: what processors of the last ten years have at least. */
  private static final long USUAL_CACHE = 8L << 20;

  private Processor() {}

  /** The processor's name as its maker gives it. */
  static String name() {
    try (Stream<String> lines = Files.lines(CPUINFO)) {
      return lines
          .filter(l -> l.startsWith("model name"))
          .map(l -> l.substring(l.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  /** The bytes of the largest cache. */
  static long cacheBytes() {
    try (Stream<Path> caches = Files.list(CACHES)) {
      return caches
          .map(c -> c.resolve("size"))
          .filter(Files::isReadable)
          .mapToLong(Processor::bytes)
          .max()
          .orElse(USUAL_CACHE);
    } catch (IOException e) {
      return USUAL_CACHE;
    }
  }

  /** The number in a file like {@code 32768K}. */
  private static long bytes(Path file) {
    try {
      String text = Files.readString(file).strip().toUpperCase(Locale.ROOT);
      long unit = text.endsWith("K") ? 1L << 10 : text.endsWith("M") ? 1L << 20 : 1;
      return unit * Long.parseLong(unit == 1 ? text : text.substring(0, text.length() - 1));
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
