package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Node.PoolKind;
import io.convlens.graph.Node.ReduceKind;
import java.util.Optional;

/** Means and maxima over all places of maps: reductions that are a pooling with one window. */
final class GlobalPooling {
  /** oneDNN's pooling takes windows up to a size; networks' maps are smaller than this. */
  private static final int MOST_PLACES = 1 << 14;

  private static final Axes ZEROS = new Axes(0, 0, 0);
  private static final Axes ONES = new Axes(1, 1, 1);

  private GlobalPooling() {}

  /** The pooling that a reduction is: over the middle axis of [pictures, places, channels]. */
  static Optional<Spec.Pool> of(Spec.Reduce s) {
    int rank = s.dims().size();
    int axis = s.reduced().indexOf(true);
    boolean means = s.kind() == ReduceKind.MEAN || s.kind() == ReduceKind.MAX;
    boolean places = (axis == 0 && rank == 2) || (axis == 1 && rank == 3);
    if (!means || !places || s.reduced().lastIndexOf(true) != axis) {
      return Optional.empty();
    }
    long n = axis == 0 ? 1 : s.dims().getFirst();
    long length = s.dims().get(axis);
    long channels = s.dims().getLast();
    long pitch = s.strideSrc().get(axis);
    boolean rows =
        s.strideSrc().getLast() == 1
            && s.strideDst().getLast() == 1
            && pitch >= channels
            && (n == 1
                || (s.strideSrc().getFirst() == length * pitch
                    && s.strideDst().getFirst() >= channels));
    if (!rows || length > MOST_PLACES || n * length * pitch > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    long pitchDst = n == 1 ? channels : s.strideDst().getFirst();
    return Optional.of(
        new Spec.Pool(
            new MapShape((int) n, 1, 1, (int) length, (int) channels, (int) pitch),
            new MapShape((int) n, 1, 1, 1, (int) channels, Math.toIntExact(pitchDst)),
            s.kind() == ReduceKind.MAX ? PoolKind.MAX : PoolKind.AVERAGE,
            new Window3(new Axes(1, 1, (int) length), ONES, ONES, ZEROS, ZEROS),
            ZEROS,
            1));
  }
}
