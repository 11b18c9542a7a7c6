package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What patches change of a picture, window by window. */
public final class PatchWindows implements PlainWindows {
  private static final int FEW_ROWS = 64;

  private final Spec.Patches spec;
  private final float[] filledRow;

  private PatchWindows(Spec.Patches spec) {
    this.spec = spec;
    MapShape dst = spec.dst();
    filledRow = new float[dst.w() * dst.c()];
    for (int i = 0; i < filledRow.length; i++) {
      filledRow[i] = spec.fill().get(i % dst.c());
    }
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Patches spec) {
    return new PatchWindows(spec);
  }

  @Override
  public int listed() {
    return spec.at().count();
  }

  @Override
  public int atOnce() {
    return spec.dst().n();
  }

  @Override
  public void run(MemorySegment[] operands, int first, Parallel parallel) {
    MapShape dst = spec.dst();
    parallel.run(
        (long) dst.n() * dst.h(),
        FEW_ROWS,
        (from, to) -> {
          float[] row = Room.ofThread().take(0, dst.w() * dst.c());
          for (long item = from; item < to; item++) {
            int n = (int) (item / dst.h());
            int y = (int) (item % dst.h());
            change(operands[0], first + n, y, row);
            MapRows.write(row, operands[1], dst, MapRows.row(dst, n, y), dst.w());
          }
        });
  }

  /** A row of the window of the list's entry. */
  private void change(MemorySegment picture, int entry, int y, float[] row) {
    Arrays.fill(row, 0, filledRow.length, 0);
    Rectangle r = spec.rectangles().get(entry);
    int top = spec.at().tops().get(entry);
    int left = spec.at().lefts().get(entry);
    int first = Math.max(r.left(), left);
    int end = Math.min(r.right(), left + spec.dst().w());
    if (top + y < r.top() || top + y >= r.bottom() || first >= end) {
      return;
    }
    long place = MapRows.row(spec.picture(), 0, top + y) + first;
    MapRows.read(picture, spec.picture(), place, row, first - left, end - first);
    int c = spec.dst().c();
    subtract(filledRow, row, (first - left) * c, (end - left) * c);
  }

  /** row = filled − row. */
  private static void subtract(float[] filled, float[] row, int from, int to) {
    for (int i = from; i < to; i++) {
      row[i] = filled[i] - row[i];
    }
  }
}
