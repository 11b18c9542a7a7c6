package io.convlens.tensor;

import io.convlens.io.UnwritableOutputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * An array {@code [N, ...]} that grows part by part in a file of another name, outlives its process
 * there, and appears as an {@code .npy} file at the end. How many parts it will have need not be
 * known; the most is.
 *
 * <p>For one thread at a time.
 */
public final class GrowingNpy implements AutoCloseable {
  private final Path unfinished;
  private final Shape part;
  private final int header;
  private final int bytes;
  private final FileChannel channel;
  private long parts;

  private GrowingNpy(Path unfinished, Shape part, long most) throws IOException {
    this.unfinished = unfinished;
    this.part = part;
    this.header = Npy.headerBytes(whole(most), 0).length;
    this.bytes = Math.toIntExact(Math.multiplyExact(part.size(), (long) Float.BYTES));
    this.channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    this.parts = Math.max(0, (channel.size() - header) / Math.max(1, bytes));
  }

  /**
   * Opens such a file, or begins one.
   *
   * @param unfinished where it grows
   * @param part the shape of one part
   * @param most at least as many parts as there will be
   * @throws UnwritableOutputException if it can't be written
   */
  public static GrowingNpy open(Path unfinished, Shape part, long most) {
    try {
      return new GrowingNpy(unfinished, part, most);
    } catch (IOException e) {
      throw new UnwritableOutputException(unfinished, e);
    }
  }

  private Shape whole(long count) {
    long[] dims = new long[part.rank() + 1];
    dims[0] = count;
    System.arraycopy(part.dims(), 0, dims, 1, part.rank());
    return Shape.of(dims);
  }

  /** How many whole parts it has. */
  public long parts() {
    return parts;
  }

  /**
   * Forgets parts after the first ones, and what there is of one that is not whole.
   *
   * @throws IllegalArgumentException if there are fewer
   */
  public void keep(long first) {
    Objects.checkFromToIndex(0, first, parts);
    try {
      channel.truncate(header + first * bytes);
      parts = first;
    } catch (IOException e) {
      throw new UnwritableOutputException(unfinished, e);
    }
  }

  /**
   * Adds a part; one that could not be written whole counts as none.
   *
   * @throws UnwritableOutputException if that fails
   */
  public void append(float[] values) {
    if (values.length != part.size()) {
      throw new IllegalArgumentException(values.length + " values of " + part);
    }
    write(littleEndian(values), header + parts * bytes);
    parts++;
  }

  /** The bytes that a part is in the file. */
  public static ByteBuffer littleEndian(float[] values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return buffer;
  }

  private void write(ByteBuffer buffer, long from) {
    try {
      for (long at = from; buffer.hasRemaining(); ) {
        at += channel.write(buffer, at);
      }
    } catch (IOException e) {
      throw new UnwritableOutputException(unfinished, e);
    }
  }

  /** A part as it is in the file. */
  public ByteBuffer part(long index) {
    Objects.checkIndex(index, parts);
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    try {
      for (long at = header + index * bytes; buffer.hasRemaining(); ) {
        int read = channel.read(buffer, at);
        if (read < 0) {
          throw new IOException("it became shorter");
        }
        at += read;
      }
    } catch (IOException e) {
      throw new UnwritableOutputException(unfinished, e);
    }
    return buffer.flip();
  }

  /**
   * Makes the file appear, with the parts that there are, and ends this.
   *
   * @throws UnwritableOutputException if that fails; {@code file} is then as it was before
   */
  public void finish(Path file) {
    keep(parts);
    write(ByteBuffer.wrap(Npy.headerBytes(whole(parts), header)), 0);
    try {
      channel.close();
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UnwritableOutputException(file, e);
    }
  }

  /** Ends writing; what is there stays, and can be opened again. Twice is fine. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UnwritableOutputException(unfinished, e);
    }
  }
}
