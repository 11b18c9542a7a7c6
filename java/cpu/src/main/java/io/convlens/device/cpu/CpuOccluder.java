package io.convlens.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.Buffer;
import io.convlens.device.MapShape;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Occluded batches in memory. The batch stays a row of copies of the picture: from one batch to the
 * next only the last rectangles are restored and the new ones filled, so that a position costs what
 * its patch costs, not what the picture does.
 */
final class CpuOccluder implements Occluder {
  private static final Rectangle NOTHING = new Rectangle(0, 0, 0, 0);

  private final OcclusionSpec spec;
  private final float[] filledRow;
  private final List<Rectangle> shown;
  private @Nullable CpuBuffer picture;
  private @Nullable CpuBuffer batch;

  CpuOccluder(OcclusionSpec spec) {
    MapShape map = spec.map();
    if (!map.isDense() || spec.fill().size() != map.c()) {
      throw new IllegalArgumentException("map " + map + ", fill " + spec.fill());
    }
    this.spec = spec;
    this.filledRow = new float[map.w() * map.c()];
    for (int i = 0; i < filledRow.length; i++) {
      filledRow[i] = spec.fill().get(i % map.c());
    }
    this.shown = new ArrayList<>(Collections.nCopies(map.n(), NOTHING));
  }

  @Override
  public void start(Buffer resident, Buffer target) {
    picture = (CpuBuffer) resident;
    batch = (CpuBuffer) target;
    MemorySegment from = picture.segment();
    MemorySegment to = batch.segment();
    long bytes = pictureBytes();
    for (int i = 0; i < spec.map().n(); i++) {
      MemorySegment.copy(from, 0, to, i * bytes, bytes);
      shown.set(i, NOTHING);
    }
  }

  private long pictureBytes() {
    MapShape map = spec.map();
    return (long) map.h() * map.w() * map.c() * Float.BYTES;
  }

  @Override
  public void occlude(int first, int count) {
    if (picture == null || batch == null) {
      throw new IllegalStateException("no picture to occlude: start comes first");
    }
    MemorySegment from = picture.segment();
    MemorySegment to = batch.segment();
    for (int i = 0; i < count; i++) {
      restore(from, to, i, shown.get(i));
      Rectangle next = spec.rectangles().get(first + i);
      fill(to, i, next);
      shown.set(i, next);
    }
  }

  private void restore(MemorySegment from, MemorySegment to, int slot, Rectangle r) {
    long bytes = rowBytes(r);
    for (int y = r.top(); y < r.bottom(); y++) {
      long at = offset(y, r.left());
      MemorySegment.copy(from, at, to, slot * pictureBytes() + at, bytes);
    }
  }

  private void fill(MemorySegment to, int slot, Rectangle r) {
    int count = Math.toIntExact(rowBytes(r) / Float.BYTES);
    for (int y = r.top(); y < r.bottom(); y++) {
      long at = slot * pictureBytes() + offset(y, r.left());
      MemorySegment.copy(filledRow, 0, to, JAVA_FLOAT, at, count);
    }
  }

  private long rowBytes(Rectangle r) {
    return (long) Math.max(0, r.right() - r.left()) * spec.map().c() * Float.BYTES;
  }

  private long offset(int y, int x) {
    return ((long) y * spec.map().w() + x) * spec.map().c() * Float.BYTES;
  }

  @Override
  public void close() {
    picture = null;
    batch = null;
  }
}
