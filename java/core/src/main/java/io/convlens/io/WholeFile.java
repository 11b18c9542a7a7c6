package io.convlens.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files that appear whole or not at all: written under another name in the same folder, then
 * renamed. An error, an interrupt of the process (Ctrl-C) or a full disk leaves the old file, if
 * any, and nothing else. Safe from several threads.
 */
public final class WholeFile {
  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to {@code out}, which is buffered and need not be closed. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * A file that is being written: closing it throws it away, unless it was {@link #commit
   * committed} before.
   */
  public static final class Pending implements AutoCloseable {
    private final Path file;
    private final Path absolute;
    private final Path unfinished;
    private final OutputStream out;

    private Pending(Path file) {
      this.file = file;
      this.absolute = file.toAbsolutePath();
      Path folder = absolute.getParent();
      if (folder == null) {
        throw new UnwritableOutputException(file, new IOException("it is a folder"));
      }
      String name = "." + absolute.getFileName() + "." + ProcessHandle.current().pid();
      this.unfinished = folder.resolve(name + "-" + COUNT.incrementAndGet() + ".part");
      UNFINISHED.add(unfinished);
      try {
        Files.createDirectories(folder);
        this.out =
            new BufferedOutputStream(
                Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW), 1 << 16);
      } catch (IOException e) {
        forget();
        throw new UnwritableOutputException(file, e);
      }
    }

    /**
     * Writes more of it.
     *
     * @throws UnwritableOutputException if that fails
     */
    public void write(Content content) {
      try {
        content.writeTo(out);
      } catch (IOException e) {
        throw new UnwritableOutputException(file, e);
      }
    }

    /**
     * Makes it appear.
     *
     * @throws UnwritableOutputException if that fails; the file is then as it was before
     */
    public void commit() {
      try {
        out.close();
        Files.move(unfinished, absolute, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UnwritableOutputException(file, e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        // What was not committed is thrown away, whatever of it could not be written.
      }
      forget();
    }

    private void forget() {
      discard(unfinished);
      UNFINISHED.remove(unfinished);
    }
  }

  private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();
  private static final Pattern UNFINISHED_NAME = Pattern.compile("\\..+\\.(\\d{1,18})-\\d+\\.part");
  private static final AtomicLong COUNT = new AtomicLong();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> UNFINISHED.forEach(WholeFile::discard)));
  }

  private WholeFile() {}

  /**
   * Writes a file, creating its folder if need be.
   *
   * @throws UnwritableOutputException if that fails; the file is then as it was before
   */
  public static void write(Path file, Content content) {
    try (Pending pending = begin(file)) {
      pending.write(content);
      pending.commit();
    }
  }

  /**
   * Begins a file that is written bit by bit, creating its folder if need be; the caller commits
   * and closes it.
   *
   * @throws UnwritableOutputException if that fails
   */
  public static Pending begin(Path file) {
    return new Pending(file);
  }

  /** Writes a text file in UTF-8. See {@link #write(Path, Content)}. */
  public static void write(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Removes what processes that are no more have left unfinished in a folder: those that were
   * killed had no time to.
   */
  public static void tidy(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      files.filter(WholeFile::isAbandoned).forEach(WholeFile::discard);
    } catch (IOException e) {
      // No such folder, or one that can't be listed: who writes there will say so.
    }
  }

  private static boolean isAbandoned(Path file) {
    Matcher name = UNFINISHED_NAME.matcher(file.getFileName().toString());
    return name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
  }

  private static void discard(Path unfinished) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      // The file system refuses: the file has a name of its own and disturbs nothing.
    }
  }
}
