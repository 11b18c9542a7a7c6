package io.convlens.occlusion;

import io.convlens.io.UnusableOptionException;

/**
 * The size of what slides over a picture, in pixels of the network's picture.
 *
 * @param height rows
 * @param width columns
 */
public record Patch(int height, int width) {
  /**
   * Checks that there is something of it.
   *
   * @throws UnusableOptionException if there isn't
   */
  public Patch {
    if (height < 1 || width < 1) {
      throw new UnusableOptionException(
          "patch %dx%d: height and width must be 1 or more".formatted(height, width));
    }
  }

  /** As on the command line: {@code 16}, {@code 8x12}. */
  @Override
  public String toString() {
    return height == width ? "" + height : height + "x" + width;
  }
}
