package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Activations on each element of a map. */
public final class Pointwise implements PlainKernel {
  private final Rows rows;

  private Pointwise(Rows rows) {
    this.rows = rows;
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Pointwise spec) {
    List<Post> posts = spec.functions().stream().<Post>map(Post.Act::new).toList();
    return new Pointwise(new Rows(spec.src(), spec.dst(), posts));
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    rows.run(parallel, operands[0], operands, 0, operands[1], (values, count) -> {});
  }
}
