package io.convlens.tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file's bytes without a copy of them. Whoever opens it closes it; the buffer, and tensors that
 * view it, end with it. Reading from several threads is safe.
 */
public final class MappedFile implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final ByteBuffer bytes;

  /**
   * Maps a file.
   *
   * @throws IOException if it can't be read, is empty, or is larger than 2 GiB
   */
  public MappedFile(Path file) throws IOException {
    ByteBuffer mapped;
    try (var channel = FileChannel.open(file)) {
      long size = channel.size();
      if (size == 0 || size > Integer.MAX_VALUE) {
        throw new IOException(size == 0 ? "empty file" : "larger than 2 GiB");
      }
      mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena).asByteBuffer();
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
    bytes = mapped.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** All bytes, little-endian, read-only. */
  public ByteBuffer bytes() {
    return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Ends the mapping; twice is fine. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
