package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;

/**
 * How the result of a 3x3 convolution with stride 1 falls into tiles of 2x2 places, for Winograd's
 * minimal filtering F(2x2, 3x3): Lavin and Gray, Fast Algorithms for Convolutional Neural Networks,
 * CVPR 2016. A tile at the lower or right end may stand over.
 *
 * @param src the input, one plane a picture
 * @param dst the result, one plane a picture
 * @param top rows of padding above the input
 * @param left columns of padding before it
 */
public record WinogradTiles(MapShape src, MapShape dst, int top, int left) {
  /** The numbers that a tile has in the transformed domain: 4x4. */
  public static final int POINTS = 16;

  /** Elements of a run of tiles: runs this long become quick loops and stay in the first cache. */
  private static final int RUN = 1024;

  /** The tiles of a convolution's result. */
  public static WinogradTiles of(MapShape src, MapShape dst, Window3 window) {
    return new WinogradTiles(src, dst, window.padBegin().h(), window.padBegin().w());
  }

  /** Tiles beside each other. */
  public int columns() {
    return (dst.w() + 1) / 2;
  }

  /** Rows of tiles in a picture. */
  public int rowsAPicture() {
    return (dst.h() + 1) / 2;
  }

  /** Rows of tiles in all pictures. */
  public int rows() {
    return dst.n() * rowsAPicture();
  }

  /** How many tiles of a row are worked on at once, with so many channels. */
  int run(int channels) {
    return Math.clamp(RUN / channels, 1, columns());
  }
}
