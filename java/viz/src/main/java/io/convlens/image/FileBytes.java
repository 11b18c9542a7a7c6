package io.convlens.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A file's content, read at places that the file itself names: none of them is trusted. */
final class FileBytes {
  private final byte[] data;

  FileBytes(byte[] data) {
    this.data = data;
  }

  /** The bytes themselves, not a copy. */
  byte[] data() {
    return data;
  }

  int length() {
    return data.length;
  }

  /**
   * An offset as an index, once {@code count} bytes from there are known to exist.
   *
   * @throws DamagedPictureException if the file ends before
   */
  int need(long at, long count) throws DamagedPictureException {
    if (at < 0 || count < 0 || at > data.length || count > data.length - at) {
      throw new DamagedPictureException("truncated: the file ends within the picture");
    }
    return (int) at;
  }

  int u8(long at) throws DamagedPictureException {
    return data[need(at, 1)] & 0xff;
  }

  int u16be(long at) throws DamagedPictureException {
    return (u8(at) << 8) | u8(at + 1);
  }

  int u16le(long at) throws DamagedPictureException {
    return u8(at) | (u8(at + 1) << 8);
  }

  long u32be(long at) throws DamagedPictureException {
    return ((long) u16be(at) << 16) | u16be(at + 2);
  }

  long u32le(long at) throws DamagedPictureException {
    return u16le(at) | ((long) u16le(at + 2) << 16);
  }

  /** Whether these ASCII characters stand there; false beyond the end. */
  boolean has(long at, String ascii) {
    byte[] want = ascii.getBytes(StandardCharsets.ISO_8859_1);
    return at >= 0
        && at <= data.length - want.length
        && Arrays.equals(data, (int) at, (int) at + want.length, want, 0, want.length);
  }

  FileBytes slice(long at, long count) throws DamagedPictureException {
    int from = need(at, count);
    return new FileBytes(Arrays.copyOfRange(data, from, from + (int) count));
  }
}
