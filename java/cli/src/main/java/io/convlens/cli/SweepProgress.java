package io.convlens.cli;

import io.convlens.io.UnusableOptionException;
import io.convlens.io.UnwritableOutputException;
import io.convlens.io.WholeFile;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.tensor.GrowingNpy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run over a folder has done so far, in a hidden folder beside its results: enough to go on
 * after any end of its process. It holds the run's plan, a journal with a line a picture, and the
 * arrays as far as they have grown. A picture counts as done once its line is whole, and that is
 * written last; what else is there of it is forgotten.
 *
 * <p>For one thread at a time.
 */
final class SweepProgress implements AutoCloseable {
  private static final String FOLDER = ".occlusion-progress";
  private static final String PLAN = "plan.json";
  private static final String JOURNAL = "journal";

  private final Path results;
  private final Path folder;
  private final FileChannel journal;
  private final List<SweepEntry> entries = new ArrayList<>();
  private final List<MapArray> arrays = new ArrayList<>();
  private final List<Optional<GrowingNpy>> growing = new ArrayList<>();

  private SweepProgress(Path results) throws IOException {
    this.results = results;
    this.folder = results.resolve(FOLDER);
    Files.createDirectories(folder);
    this.journal =
        FileChannel.open(
            folder.resolve(JOURNAL),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
  }

  /**
   * Begins a run, or goes on with one where that is asked for and there is one.
   *
   * @param results where the results go
   * @param plan all that the results depend on, for a person to read
   * @throws UnusableOptionException if the run that was interrupted had another plan, or another
   *     process is at it
   */
  static SweepProgress open(Path results, Map<String, Object> plan, boolean resume) {
    SweepProgress progress;
    try {
      progress = new SweepProgress(results);
    } catch (IOException e) {
      throw new UnwritableOutputException(results.resolve(FOLDER), e);
    }
    try {
      progress.lock();
      WholeFile.tidy(results);
      progress.begin(plan, resume);
      return progress;
    } catch (IOException e) {
      progress.close();
      throw new UnwritableOutputException(progress.folder, e);
    } catch (RuntimeException | Error e) {
      progress.close();
      throw e;
    }
  }

  /** Held until the journal is closed, or the process ends. */
  @SuppressWarnings("UnusedVariable") // The lock is the channel's.
  private void lock() throws IOException {
    FileLock lock;
    try {
      lock = journal.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new UnusableOptionException("--out " + results + ": another run is writing there");
    }
  }

  private void begin(Map<String, Object> plan, boolean resume) throws IOException {
    Path file = folder.resolve(PLAN);
    if (resume && Files.exists(file)) {
      JsonMapper mapper = JsonMapper.builder().build();
      compare(mapper.readTree(Files.readString(file)), mapper.readTree(Json.text(plan)));
      read();
      return;
    }
    journal.truncate(0);
    try (Stream<Path> old = Files.list(folder)) {
      for (Path f : old.filter(f -> !f.endsWith(JOURNAL)).toList()) {
        Files.delete(f);
      }
    }
    WholeFile.write(file, Json.text(plan));
  }

  private void compare(JsonNode was, JsonNode is) {
    for (String name : is.propertyNames()) {
      if (!Objects.equals(was.get(name), is.get(name))) {
        throw new UnusableOptionException(
            "--resume: the interrupted run in %s had %s %s, this one has %s: without --resume it starts anew"
                .formatted(results, name, was.get(name), is.get(name)));
      }
    }
  }

  /** Reads the journal as far as its lines are whole. */
  private void read() throws IOException {
    String text = Files.readString(folder.resolve(JOURNAL), StandardCharsets.UTF_8);
    int at = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
      Optional<SweepEntry> entry = SweepEntry.parse(text.substring(at, end));
      if (entry.isEmpty()) {
        break;
      }
      entries.add(entry.get());
      at = end + 1;
    }
    cut(entries.size());
  }

  /** Leaves so many lines of the journal. */
  private void cut(int count) throws IOException {
    entries.subList(count, entries.size()).clear();
    long length = 0;
    for (SweepEntry e : entries) {
      length += e.line().getBytes(StandardCharsets.UTF_8).length;
    }
    journal.truncate(length);
    journal.position(length);
  }

  /** Of the pictures that are done, in order. */
  List<SweepEntry> entries() {
    return Collections.unmodifiableList(entries);
  }

  private long swept() {
    return entries.stream().filter(e -> e instanceof SweepEntry.Swept).count();
  }

  /**
   * Opens the arrays, and leaves of the journal what they bear out.
   *
   * @param count how many pictures there are
   */
  void grow(List<MapArray> all, int count) {
    boolean complete = entries.size() == count;
    for (MapArray a : all) {
      arrays.add(a);
      // All pictures done and no array that grows: it is whole already.
      boolean whole =
          complete && !Files.exists(growing(a)) && Files.exists(results.resolve(a.file()));
      growing.add(
          whole ? Optional.empty() : Optional.of(GrowingNpy.open(growing(a), a.part(), count)));
    }
    try {
      if (growing.stream().allMatch(Optional::isPresent)) {
        cut(borneOut());
      }
    } catch (IOException e) {
      throw new UnwritableOutputException(folder, e);
    }
    growing.forEach(g -> g.ifPresent(array -> array.keep(swept())));
  }

  private Path growing(MapArray a) {
    return folder.resolve(a.file() + ".part");
  }

  /** How many of the first entries have their numbers in all arrays. */
  private int borneOut() {
    int part = 0;
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i) instanceof SweepEntry.Swept s) {
        int number = part++;
        boolean there = growing.stream().allMatch(g -> g.orElseThrow().parts() > number);
        if (!there || checksum(number) != s.checksum()) {
          return i;
        }
      }
    }
    return entries.size();
  }

  private long checksum(int part) {
    var sum = new CRC32C();
    growing.forEach(g -> sum.update(g.orElseThrow().part(part)));
    return sum.getValue();
  }

  /** Adds a picture that was swept over. */
  void add(FilePrint print, List<Integer> input, SweptPicture picture, OcclusionMaps maps) {
    var sum = new CRC32C();
    for (int i = 0; i < arrays.size(); i++) {
      float[] values = arrays.get(i).values().apply(maps);
      growing.get(i).orElseThrow().append(values);
      sum.update(GrowingNpy.littleEndian(values));
    }
    add(new SweepEntry.Swept(print, input, picture, sum.getValue()));
  }

  /** Adds a picture that can't be used, or one whose arrays are written. */
  void add(SweepEntry entry) {
    try {
      ByteBuffer line = ByteBuffer.wrap(entry.line().getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        journal.write(line);
      }
    } catch (IOException e) {
      throw new UnwritableOutputException(folder.resolve(JOURNAL), e);
    }
    entries.add(entry);
  }

  /** Makes the arrays appear. */
  void finish() {
    for (int i = 0; i < arrays.size(); i++) {
      Path file = results.resolve(arrays.get(i).file());
      growing.get(i).ifPresent(g -> g.finish(file));
      growing.set(i, Optional.empty());
    }
  }

  /** Forgets it all: the run is whole, or nothing of it is worth going on with. */
  void forget() {
    close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path f : files.toList()) {
        Files.delete(f);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UnwritableOutputException(folder, e);
    }
  }

  @Override
  public void close() {
    growing.forEach(g -> g.ifPresent(GrowingNpy::close));
    try {
      journal.close();
    } catch (IOException e) {
      throw new UnwritableOutputException(folder, e);
    }
  }
}
