package io.convlens.embed;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Spec;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;

/** The search for nearest neighbours on a device, some points at a time. */
final class DeviceNeighbours {
  /** Distances that a device holds at once: 256 MiB of them. */
  private static final int MOST_DISTANCES = 1 << 26;

  /** Points that a device compares with others together, where there are as many. */
  private static final int TILE = 64;

  private static final int BLOCK = 256;

  private DeviceNeighbours() {}

  static NearestNeighbours of(Device device, Points points, int k) {
    return of(device, points, k, MOST_DISTANCES);
  }

  static NearestNeighbours of(Device device, Points points, int k, int mostDistances) {
    int n = points.count();
    int atOnce = Math.max(1, mostDistances / n);
    atOnce = Math.min(n, atOnce < TILE ? atOnce : atOnce / TILE * TILE);
    var found = new NearestNeighbours(k, new int[n * k], new float[n * k]);
    try (Buffer src = uploaded(device, points);
        Buffer dst = device.allocate(2L * atOnce * k);
        Tensor rows = Tensor.zeros(Shape.of(dst.size()))) {
      for (int first = 0; first < n; first += atOnce) {
        int count = Math.min(atOnce, n - first);
        var spec = new Spec.Neighbours(n, points.dimensions(), first, count, k);
        try (Kernel kernel = device.prepare(spec)) {
          kernel.bind(src, dst).run();
          device.download(dst, 2L * count * k, rows, 0);
        }
        keep(rows.toArray(), first, count, found);
      }
    }
    return found;
  }

  private static Buffer uploaded(Device device, Points points) {
    Buffer all = device.allocate((long) points.dimensions() * points.count());
    try (Tensor column = Tensor.zeros(Shape.of(points.count()))) {
      for (int d = 0; d < points.dimensions(); d++) {
        column.copyFrom(points.columns()[d], 0);
        long offset = (long) d * points.count();
        device.upload(column, 0, column.size(), all.slice(offset, column.size()));
      }
      return all;
    } catch (RuntimeException | Error e) {
      all.close();
      throw e;
    }
  }

  /** Nearest first. */
  private static void keep(float[] rows, int first, int count, NearestNeighbours found) {
    int k = found.k();
    Blocks.run(
        count,
        BLOCK,
        (_, from, to) -> {
          long[] keys = new long[k];
          for (int row = from; row < to; row++) {
            int at = 2 * row * k;
            for (int r = 0; r < k; r++) {
              keys[r] = NearestNeighbours.key(rows[at + r], (int) rows[at + k + r]);
            }
            Arrays.sort(keys);
            found.keep(first + row, keys);
          }
        });
  }
}
