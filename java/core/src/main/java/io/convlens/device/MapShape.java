package io.convlens.device;

/**
 * The physical form of a map: channels last, {@code [n][d][h][w][c]}, rows dense but for the pitch.
 * A 1-D map has d = h = 1, a 2-D map d = 1.
 *
 * @param n pictures
 * @param d planes
 * @param h rows
 * @param w columns
 * @param c channels
 * @param pitch elements from one place to the next, at least c: larger where the map is a run of
 *     channels of a wider one
 */
public record MapShape(int n, int d, int h, int w, int c, int pitch) {
  /** Checks the extents. */
  public MapShape {
    if (n < 0 || d < 0 || h < 0 || w < 0 || c < 0 || pitch < c) {
      throw new IllegalArgumentException(
          "map %dx%dx%dx%dx%d, pitch %d".formatted(n, d, h, w, c, pitch));
    }
  }

  /** A dense map. */
  public static MapShape dense(int n, int d, int h, int w, int c) {
    return new MapShape(n, d, h, w, c, c);
  }

  /** The number of places: n·d·h·w. */
  public long places() {
    return (long) n * d * h * w;
  }

  /** The elements from the first of the first place to the last of the last. */
  public long span() {
    return places() == 0 ? 0 : (places() - 1) * pitch + c;
  }

  /** Whether places follow each other without a gap. */
  public boolean isDense() {
    return pitch == c;
  }
}
