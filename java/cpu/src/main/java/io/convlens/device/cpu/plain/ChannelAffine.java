package io.convlens.device.cpu.plain;

import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;

/** A scale and a shift a channel, then posts. */
public final class ChannelAffine implements PlainKernel {
  private final Rows rows;
  private final float[] scale;
  private final float[] shift;

  private ChannelAffine(Spec.ChannelAffine spec) {
    this.rows = new Rows(spec.src(), spec.dst(), spec.posts());
    this.scale = rows.besideBlock(spec.scale().toArray());
    this.shift = rows.besideBlock(spec.shift().toArray());
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.ChannelAffine spec) {
    return new ChannelAffine(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    rows.run(parallel, operands[0], operands, 1, operands[operands.length - 1], this::scale);
  }

  private void scale(float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = values[i] * scale[i] + shift[i];
    }
  }
}
