package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import java.lang.foreign.MemorySegment;

/** Runs of neighbouring places of a map, to and from arrays without gaps. */
final class MapRows {
  private MapRows() {}

  /** Reads so many places, from one of the map on, to a place of the array. */
  static void read(
      MemorySegment from, MapShape map, long place, float[] to, int toPlace, int places) {
    int c = map.c();
    if (map.isDense()) {
      Memory.read(from, place * c, to, toPlace * c, places * c);
      return;
    }
    for (int p = 0; p < places; p++) {
      Memory.read(from, (place + p) * map.pitch(), to, (toPlace + p) * c, c);
    }
  }

  /** Writes so many places from the array's start on, to a place of the map. */
  static void write(float[] from, MemorySegment to, MapShape map, long place, int places) {
    int c = map.c();
    if (map.isDense()) {
      Memory.write(from, 0, to, place * c, places * c);
      return;
    }
    for (int p = 0; p < places; p++) {
      Memory.write(from, p * c, to, (place + p) * map.pitch(), c);
    }
  }

  /** The place of a row's first column in a map with one plane. */
  static long row(MapShape map, long n, int y) {
    return (n * map.h() + y) * map.w();
  }
}
