package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** Runs of floats between memory and arrays. */
final class Memory {
  /** Below this, element by element is quicker than the 20 to 30 ns that a bulk copy costs. */
  private static final int SHORT = 12;

  private Memory() {}

  /** Reads neighbours. */
  static void read(MemorySegment from, long index, float[] to, int at, int count) {
    if (count < SHORT) {
      for (int i = 0; i < count; i++) {
        to[at + i] = from.getAtIndex(JAVA_FLOAT, index + i);
      }
    } else {
      MemorySegment.copy(from, JAVA_FLOAT, index * Float.BYTES, to, at, count);
    }
  }

  /** Reads elements that lie {@code stride} apart. */
  static void read(MemorySegment from, long index, long stride, float[] to, int at, int count) {
    if (stride == 1) {
      read(from, index, to, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      to[at + i] = from.getAtIndex(JAVA_FLOAT, index + i * stride);
    }
  }

  /** Reads the bits of elements that lie {@code stride} apart. */
  static void read(MemorySegment from, long index, long stride, int[] to, int count) {
    if (stride == 1 && count >= SHORT) {
      MemorySegment.copy(from, JAVA_INT, index * Float.BYTES, to, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      to[i] = from.getAtIndex(JAVA_INT, index + i * stride);
    }
  }

  /** Writes the bits of elements that lie {@code stride} apart. */
  static void write(int[] from, MemorySegment to, long index, long stride, int count) {
    if (stride == 1 && count >= SHORT) {
      MemorySegment.copy(from, 0, to, JAVA_INT, index * Float.BYTES, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      to.setAtIndex(JAVA_INT, index + i * stride, from[i]);
    }
  }

  /** Writes neighbours. */
  static void write(float[] from, int at, MemorySegment to, long index, int count) {
    if (count < SHORT) {
      for (int i = 0; i < count; i++) {
        to.setAtIndex(JAVA_FLOAT, index + i, from[at + i]);
      }
    } else {
      MemorySegment.copy(from, at, to, JAVA_FLOAT, index * Float.BYTES, count);
    }
  }

  /** Writes elements that lie {@code stride} apart. */
  static void write(float[] from, int at, MemorySegment to, long index, long stride, int count) {
    if (stride == 1) {
      write(from, at, to, index, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      to.setAtIndex(JAVA_FLOAT, index + i * stride, from[at + i]);
    }
  }

  /** Reads places of a map that lie {@code pitch} apart, {@code channels} of each. */
  static void readPlaces(
      MemorySegment from, long place, int pitch, int channels, float[] to, int places) {
    if (pitch == channels) {
      read(from, place * channels, to, 0, places * channels);
      return;
    }
    for (int p = 0; p < places; p++) {
      read(from, (place + p) * pitch, to, p * channels, channels);
    }
  }

  /**
   * Reads a run of channels at places that lie {@code pitch} apart.
   *
   * @param at the first place's first channel
   */
  static void readRuns(
      MemorySegment from, long at, int pitch, int channels, float[] to, int places) {
    if (pitch == channels) {
      read(from, at, to, 0, places * channels);
      return;
    }
    for (int p = 0; p < places; p++) {
      read(from, at + (long) p * pitch, to, p * channels, channels);
    }
  }

  /** The same, of their bits. */
  static void readRuns(MemorySegment from, long at, int pitch, int channels, int[] to, int places) {
    if (pitch == channels) {
      read(from, at, 1, to, places * channels);
      return;
    }
    for (int p = 0; p < places; p++) {
      for (int i = 0; i < channels && channels < SHORT; i++) {
        to[p * channels + i] = from.getAtIndex(JAVA_INT, at + (long) p * pitch + i);
      }
      if (channels >= SHORT) {
        long bytes = (at + (long) p * pitch) * Float.BYTES;
        MemorySegment.copy(from, JAVA_INT, bytes, to, p * channels, channels);
      }
    }
  }

  /** Writes places of a map that lie {@code pitch} apart, {@code channels} of each. */
  static void writePlaces(
      float[] from, MemorySegment to, long place, int pitch, int channels, int places) {
    if (pitch == channels) {
      write(from, 0, to, place * channels, places * channels);
      return;
    }
    for (int p = 0; p < places; p++) {
      write(from, p * channels, to, (place + p) * pitch, channels);
    }
  }

  /** Copies neighbours. */
  static void copy(MemorySegment from, long fromIndex, MemorySegment to, long toIndex, long count) {
    if (count < SHORT) {
      for (long i = 0; i < count; i++) {
        to.setAtIndex(JAVA_FLOAT, toIndex + i, from.getAtIndex(JAVA_FLOAT, fromIndex + i));
      }
    } else {
      MemorySegment.copy(
          from, fromIndex * Float.BYTES, to, toIndex * Float.BYTES, count * Float.BYTES);
    }
  }
}
