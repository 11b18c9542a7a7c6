package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What is left to do to a map in place. Operands: one for each {@link Post.Add}, the map. */
public final class Posts implements PlainKernel {
  private final Rows rows;

  private Posts(Rows rows) {
    this.rows = rows;
  }

  /** The kernel that applies posts to a map. */
  public static PlainKernel of(MapShape map, List<Post> posts) {
    return new Posts(new Rows(map, map, posts));
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    MemorySegment map = operands[operands.length - 1];
    rows.run(parallel, map, operands, 0, map, (values, count) -> {});
  }
}
