package io.convlens.device.cuda;

import io.convlens.io.UnwritableOutputException;
import io.convlens.io.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which way each operation was fastest, by GPU and versions of libraries: a file of the user's
 * cache folder, a line an operation. Devices of one process share it; it may be used from any
 * thread.
 */
final class TuningCache {
  private static final Map<Path, TuningCache> CACHES = new ConcurrentHashMap<>();

  private final Path file;
  private final Map<String, String> choices = new TreeMap<>();
  private boolean changed;

  private TuningCache(Path file) {
    this.file = file;
    read();
  }

  /**
   * The cache of a kind of device.
   *
   * @param device what times depend on: GPU and versions, in words
   */
  static TuningCache of(Path folder, String device) {
    String name = "cuda-tuning-" + device.replaceAll("[^A-Za-z0-9.]+", "-") + ".txt";
    return CACHES.computeIfAbsent(folder.resolve(name), TuningCache::new);
  }

  private void read() {
    try {
      if (Files.isRegularFile(file)) {
        Files.readAllLines(file).stream()
            .map(line -> line.split("\t", 2))
            .filter(parts -> parts.length == 2)
            .forEach(parts -> choices.put(parts[0], parts[1]));
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      // What can't be read is timed again.
      choices.clear();
    }
  }

  /** The way that was chosen for a problem. */
  synchronized Optional<String> choice(String problem) {
    return Optional.ofNullable(choices.get(problem));
  }

  synchronized void choose(String problem, String way) {
    changed |= !way.equals(choices.put(problem, way));
  }

  /** Writes the file if there is something new; a folder that can't be written is no failure. */
  synchronized void save() {
    if (!changed) {
      return;
    }
    var text = new StringBuilder();
    choices.forEach((problem, way) -> text.append(problem).append('\t').append(way).append('\n'));
    try {
      WholeFile.write(file, text.toString());
      changed = false;
    } catch (UnwritableOutputException e) {
      // The next process times again.
      return;
    }
  }
}
