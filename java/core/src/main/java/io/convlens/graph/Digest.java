package io.convlens.graph;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * An ONNX file without the bytes of its large arrays: in their place stands where in the file they
 * are ({@code stored_at}, {@code stored_bytes} of our schema). The protobuf library copies a whole
 * file to the heap before it parses it; so it gets this digest, and weights stay in the mapped
 * file.
 *
 * <p>Works on the wire format (protobuf.dev/programming-guides/encoding): a message is fields, a
 * field a key (number and wire type) and a value. What isn't well formed is passed on as it is, for
 * the library to refuse.
 */
final class Digest {
  /** Arrays from this many bytes on stay out of the digest. */
  private static final int LARGE = 1024;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  /** The fields of a message that lead to arrays, and where. */
  private enum Message {
    MODEL,
    GRAPH,
    NODE,
    ATTRIBUTE,
    TENSOR;

    private Optional<Message> field(int number) {
      return Optional.ofNullable(
          switch (this) {
            case MODEL -> number == 7 ? GRAPH : null;
            case GRAPH -> Map.of(1, NODE, 5, TENSOR).get(number);
            case NODE -> number == 5 ? ATTRIBUTE : null;
            case ATTRIBUTE -> Map.of(5, TENSOR, 10, TENSOR).get(number);
            case TENSOR -> null;
          });
    }
  }

  private static final int RAW_DATA = 9;
  private static final int STORED_AT = 100_001;
  private static final int STORED_BYTES = 100_002;

  private final ByteBuffer file;

  private Digest(ByteBuffer file) {
    this.file = file;
  }

  /** The digest of a whole file. */
  static byte[] of(ByteBuffer file) {
    var out = new ByteArrayOutputStream();
    new Digest(file.duplicate()).copy(Message.MODEL, 0, file.limit(), out);
    return out.toByteArray();
  }

  private void copy(Message message, int from, int end, ByteArrayOutputStream out) {
    int at = from;
    while (at < end) {
      int next = field(message, at, end, out);
      if (next < 0) {
        verbatim(at, end, out);
        return;
      }
      at = next;
    }
  }

  /** Copies one field; where the next begins, or −1 if this one isn't well formed. */
  private int field(Message message, int from, int end, ByteArrayOutputStream out) {
    file.limit(end).position(from);
    long key = varint();
    int number = (int) (key >>> 3);
    int wireType = (int) (key & 7);
    long value = wireType == VARINT || wireType == LENGTH_DELIMITED ? varint() : 0;
    int start = file.position();
    long next =
        start
            + switch (wireType) {
              case VARINT -> 0;
              case FIXED64 -> Long.BYTES;
              case FIXED32 -> Integer.BYTES;
              case LENGTH_DELIMITED -> value;
              default -> -1L - start;
            };
    if (key < 0 || (value < 0 && wireType == LENGTH_DELIMITED) || next < start || next > end) {
      return -1;
    }
    if (message == Message.TENSOR && (number == STORED_AT || number == STORED_BYTES)) {
      // Ours alone: a file that says so of itself is not believed.
      return (int) next;
    }
    if (wireType == LENGTH_DELIMITED) {
      delimited(message, number, from, start, (int) next, out);
    } else {
      verbatim(from, (int) next, out);
    }
    return (int) next;
  }

  private void delimited(
      Message message, int number, int from, int start, int next, ByteArrayOutputStream out) {
    Optional<Message> inner = message.field(number);
    if (inner.isPresent()) {
      var content = new ByteArrayOutputStream();
      copy(inner.get(), start, next, content);
      put((number << 3) | LENGTH_DELIMITED, content.size(), out);
      out.writeBytes(content.toByteArray());
    } else if (message == Message.TENSOR && number == RAW_DATA && next - start >= LARGE) {
      put((STORED_AT << 3) | VARINT, start, out);
      put((STORED_BYTES << 3) | VARINT, next - start, out);
    } else {
      verbatim(from, next, out);
    }
  }

  /** A number in groups of seven bits, or −1 where there is none or it is negative. */
  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE && file.hasRemaining(); shift += 7) {
      byte b = file.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    return -1;
  }

  private static void put(int key, int value, ByteArrayOutputStream out) {
    putVarint(key, out);
    putVarint(value, out);
  }

  private static void putVarint(int value, ByteArrayOutputStream out) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  private void verbatim(int from, int end, ByteArrayOutputStream out) {
    byte[] bytes = new byte[end - from];
    file.limit(end).get(from, bytes);
    out.writeBytes(bytes);
  }
}
