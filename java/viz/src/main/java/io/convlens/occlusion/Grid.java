package io.convlens.occlusion;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.io.UnusableOptionException;
import java.util.ArrayList;
import java.util.List;

/**
 * The positions of a sweep, row-major in (y, x).
 *
 * @param height the picture's rows
 * @param width the picture's columns
 * @param tops the first row of each row of windows
 * @param lefts the first column of each column of windows
 * @param patch the size of a whole window
 */
record Grid(int height, int width, List<Integer> tops, List<Integer> lefts, Patch patch) {

  /**
   * The grid for a picture.
   *
   * @throws UnusableOptionException if the window is larger than the picture
   */
  static Grid of(int height, int width, Patch patch, OcclusionOptions options) {
    if (patch.height() > height || patch.width() > width) {
      throw new UnusableOptionException(
          "patch %dx%d is larger than the network's picture of %dx%d"
              .formatted(patch.height(), patch.width(), height, width));
    }
    return new Grid(
        height,
        width,
        starts(height, patch.height(), options.strideHeight(), options.edge()),
        starts(width, patch.width(), options.strideWidth(), options.edge()),
        patch);
  }

  private static List<Integer> starts(int length, int window, int stride, Edge edge) {
    int room = length - window;
    int count = (edge == Edge.DROP ? room / stride : Math.ceilDiv(room, stride)) + 1;
    List<Integer> starts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int start = Math.toIntExact((long) i * stride);
      starts.add(edge == Edge.SHIFT ? Math.min(start, room) : start);
    }
    return starts;
  }

  int rows() {
    return tops.size();
  }

  int cols() {
    return lefts.size();
  }

  int positions() {
    return Math.multiplyExact(rows(), cols());
  }

  /** The window at a position, cut off at the picture's edges; empty where it lies outside. */
  Rectangle window(int position) {
    int top = Math.min(tops.get(position / cols()), height);
    int left = Math.min(lefts.get(position % cols()), width);
    return new Rectangle(
        top, left, Math.min(top + patch.height(), height), Math.min(left + patch.width(), width));
  }

  static boolean isEmpty(Rectangle r) {
    return r.top() >= r.bottom() || r.left() >= r.right();
  }

  List<Rectangle> windows() {
    List<Rectangle> windows = new ArrayList<>(positions());
    for (int i = 0; i < positions(); i++) {
      windows.add(window(i));
    }
    return windows;
  }

  /**
   * For each pixel the mean over the windows that cover it of base − score; 0 where none does.
   * Summed in double precision by differences at the windows' corners, so that the cost is that of
   * positions and pixels, not of their product.
   */
  float[] attribution(float base, float[] scores) {
    double[] sums = new double[(height + 1) * (width + 1)];
    for (int i = 0; i < scores.length; i++) {
      addCorners(sums, window(i), (double) base - scores[i]);
    }
    double[] covers = covers();
    accumulate(sums);
    float[] mean = new float[height * width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double n = covers[y * (width + 1) + x];
        mean[y * width + x] = n == 0 ? 0 : (float) (sums[y * (width + 1) + x] / n);
      }
    }
    return mean;
  }

  /** Whether each pixel is covered by a window. */
  boolean[] covered() {
    double[] covers = covers();
    boolean[] covered = new boolean[height * width];
    for (int i = 0; i < covered.length; i++) {
      covered[i] = covers[i / width * (width + 1) + i % width] > 0;
    }
    return covered;
  }

  private double[] covers() {
    double[] covers = new double[(height + 1) * (width + 1)];
    windows().forEach(r -> addCorners(covers, r, 1));
    accumulate(covers);
    return covers;
  }

  private void addCorners(double[] to, Rectangle r, double value) {
    if (isEmpty(r)) {
      return;
    }
    int w = width + 1;
    to[r.top() * w + r.left()] += value;
    to[r.top() * w + r.right()] -= value;
    to[r.bottom() * w + r.left()] -= value;
    to[r.bottom() * w + r.right()] += value;
  }

  private void accumulate(double[] a) {
    int w = width + 1;
    for (int y = 0; y <= height; y++) {
      for (int x = 1; x <= width; x++) {
        a[y * w + x] += a[y * w + x - 1];
      }
    }
    for (int y = 1; y <= height; y++) {
      for (int x = 0; x <= width; x++) {
        a[y * w + x] += a[(y - 1) * w + x];
      }
    }
  }
}
