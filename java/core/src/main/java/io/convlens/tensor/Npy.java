package io.convlens.tensor;

import io.convlens.io.UnusableInputException;
import io.convlens.io.WholeFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's {@code .npy} files, format versions 1 to 3: little-endian float32 in C order is written;
 * that is read, and float64 and float16 narrowed or widened to float32.
 *
 * <p>Source: NEP 1, "A simple file format for NumPy arrays".
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER = 1 << 16;
  private static final int MAX_RANK = 32;
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
  private static final ValueLayout.OfFloat LE_FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble LE_DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Npy() {}

  private record Header(String descr, Shape shape, long dataOffset) {}

  /**
   * Reads a file; the caller closes the tensor.
   *
   * @throws UnusableInputException if it is no such file, is truncated, or holds another type
   */
  public static Tensor read(Path file) {
    try (Reader reader = reader(file)) {
      Tensor tensor = Tensor.zeros(reader.shape());
      reader.read(0, tensor);
      return tensor;
    }
  }

  /**
   * Opens a file to read parts of it; the caller closes it.
   *
   * @throws UnusableInputException if it is no such file, is truncated, or holds another type
   */
  public static Reader reader(Path file) {
    Arena arena = Arena.ofShared();
    try (var channel = FileChannel.open(file)) {
      long length = channel.size();
      if (length == 0) {
        throw new UnusableInputException(file, "empty file");
      }
      return new Reader(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena), arena);
    } catch (NoSuchFileException e) {
      arena.close();
      throw new UnusableInputException(file, "no such file", e);
    } catch (IOException e) {
      arena.close();
      throw new UnusableInputException(
          file, Files.isDirectory(file) ? "is a folder" : "can't be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** A file that is read part by part: an array too large to hold. For one thread at a time. */
  public static final class Reader implements AutoCloseable {
    private final Arena arena;
    private final Shape shape;
    private final int width;
    private final MemorySegment data;

    private Reader(Path file, MemorySegment bytes, Arena arena) {
      Header header = header(file, bytes);
      this.arena = arena;
      this.shape = header.shape;
      this.width = width(file, header.descr);
      this.data = bytes.asSlice(header.dataOffset);
      long have = data.byteSize();
      if (shape.size() > have / width || shape.size() * width != have) {
        throw new UnusableInputException(
            file,
            "header says shape %s of %s, but %d bytes of data follow"
                .formatted(shape, header.descr, have));
      }
    }

    /** The whole array's shape. */
    public Shape shape() {
      return shape;
    }

    /**
     * Fills a tensor with the elements from one on, in row-major order.
     *
     * @throws IndexOutOfBoundsException if there are fewer
     */
    public void read(long from, Tensor to) {
      Objects.checkFromIndexSize(from, to.size(), shape.size());
      for (long i = 0; i < to.size(); i++) {
        long at = (from + i) * width;
        to.set(
            i,
            switch (width) {
              case 2 -> Float.float16ToFloat(data.get(LE_SHORT, at));
              case 4 -> data.get(LE_FLOAT, at);
              default -> (float) data.get(LE_DOUBLE, at);
            });
      }
    }

    /** Ends reading; twice is fine. */
    @Override
    public void close() {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  private static int width(Path file, String descr) {
    return switch (descr) {
      case "<f2" -> 2;
      case "<f4" -> 4;
      case "<f8" -> 8;
      default ->
          throw new UnusableInputException(
              file, "element type '" + descr + "': little-endian float32 ('<f4') is needed");
    };
  }

  private static Header header(Path file, MemorySegment bytes) {
    if (bytes.byteSize() < 12 || bytes.asSlice(0, 6).mismatch(MemorySegment.ofArray(MAGIC)) != -1) {
      throw new UnusableInputException(file, "not an .npy file");
    }
    int major = bytes.get(ValueLayout.JAVA_BYTE, 6);
    if (major < 1 || major > 3) {
      throw new UnusableInputException(file, "unknown .npy format version " + major);
    }
    long start = major == 1 ? 10 : 12;
    long length =
        major == 1
            ? Short.toUnsignedLong(bytes.get(LE_SHORT, 8))
            : Integer.toUnsignedLong(
                bytes.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 8));
    if (length > MAX_HEADER || start + length > bytes.byteSize()) {
      throw new UnusableInputException(file, "truncated or oversized .npy header");
    }
    String text =
        new String(
            bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    Matcher descr = DESCR.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!descr.find() || !order.find() || !shape.find()) {
      throw new UnusableInputException(file, "malformed .npy header");
    }
    Shape parsed = shape(file, shape.group(1));
    if (order.group(1).equals("True") && parsed.rank() > 1) {
      throw new UnusableInputException(file, "array is in Fortran order; C order is needed");
    }
    return new Header(descr.group(1), parsed, start + length);
  }

  private static Shape shape(Path file, String text) {
    String[] parts = text.isBlank() ? new String[0] : text.strip().split("\\s*,\\s*", -1);
    int rank =
        parts.length > 0 && parts[parts.length - 1].isEmpty() ? parts.length - 1 : parts.length;
    if (rank > MAX_RANK) {
      throw new UnusableInputException(file, "more than " + MAX_RANK + " axes");
    }
    try {
      long[] dims = new long[rank];
      for (int i = 0; i < rank; i++) {
        dims[i] = Long.parseLong(parts[i]);
      }
      return Shape.of(dims);
    } catch (IllegalArgumentException e) {
      throw new UnusableInputException(file, "shape (" + text + ") in the .npy header", e);
    }
  }

  /**
   * Writes a file, whole or not at all: little-endian float32, C order, data aligned to 64 bytes.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public static void write(Path file, Tensor tensor) {
    WholeFile.write(
        file,
        out -> {
          out.write(headerBytes(tensor.shape()));
          var channel = Channels.newChannel(out);
          MemorySegment data = tensor.segment();
          if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IOException("this machine is not little-endian");
          }
          long chunk = 1L << 20;
          for (long at = 0; at < data.byteSize(); at += chunk) {
            channel.write(data.asSlice(at, Math.min(chunk, data.byteSize() - at)).asByteBuffer());
          }
        });
  }

  /** A file that is written bit by bit: an array too large to hold. For one thread at a time. */
  public static final class Writer implements AutoCloseable {
    private final WholeFile.Pending pending;
    private final Shape shape;
    private long written;

    private Writer(Path file, Shape shape) {
      this.pending = WholeFile.begin(file);
      this.shape = shape;
      try {
        pending.write(out -> out.write(headerBytes(shape)));
      } catch (RuntimeException e) {
        pending.close();
        throw e;
      }
    }

    /**
     * Writes the next elements, in row-major order.
     *
     * @throws io.convlens.io.UnwritableOutputException if that fails
     */
    public void append(float[] elements) {
      if (elements.length > shape.size() - written) {
        throw new IllegalArgumentException("more elements than shape " + shape + " holds");
      }
      byte[] bytes = new byte[Math.min(elements.length, 1 << 16) * Float.BYTES];
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      pending.write(
          out -> {
            for (int at = 0; at < elements.length; at += bytes.length / Float.BYTES) {
              int count = Math.min(elements.length - at, bytes.length / Float.BYTES);
              buffer.asFloatBuffer().put(elements, at, count);
              out.write(bytes, 0, count * Float.BYTES);
            }
          });
      written += elements.length;
    }

    /**
     * Makes the file appear, once all elements are written.
     *
     * @throws io.convlens.io.UnwritableOutputException if that fails
     */
    public void commit() {
      if (written != shape.size()) {
        throw new IllegalStateException(written + " elements written of shape " + shape);
      }
      pending.commit();
    }

    /** Ends writing; what was not committed is thrown away. */
    @Override
    public void close() {
      pending.close();
    }
  }

  /**
   * Begins a file like {@link #write}'s; the caller appends, commits and closes it.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public static Writer writer(Path file, Shape shape) {
    return new Writer(file, shape);
  }

  private static byte[] headerBytes(Shape shape) {
    return headerBytes(shape, 0);
  }

  /**
   * A header.
   *
   * @param least how many bytes it has at least: a multiple of 64
   */
  static byte[] headerBytes(Shape shape, int least) {
    var dims = new StringBuilder("(");
    for (int i = 0; i < shape.rank(); i++) {
      dims.append(shape.dim(i)).append(i == 0 || i < shape.rank() - 1 ? "," : "");
      dims.append(i < shape.rank() - 1 ? " " : "");
    }
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + dims + "), }";
    int padding = 64 - (10 + text.length() + 1) % 64;
    padding %= 64;
    padding += Math.max(0, least - (10 + text.length() + padding + 1));
    text += " ".repeat(padding) + "\n";
    byte[] header = new byte[10 + text.length()];
    System.arraycopy(MAGIC, 0, header, 0, 6);
    header[6] = 1;
    header[8] = (byte) text.length();
    header[9] = (byte) (text.length() >> 8);
    System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, 10, text.length());
    return header;
  }
}
