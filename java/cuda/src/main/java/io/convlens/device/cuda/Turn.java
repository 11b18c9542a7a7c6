package io.convlens.device.cuda;

import io.convlens.device.MapShape;

/** Maps from channels last to channels first and back, by our kernel. */
final class Turn {
  /** Arrays begin at what cuDNN reads at once. */
  private static final long ALIGNMENT = 256;

  private Turn() {}

  /** What a dense map takes, rounded up so that another array may follow. */
  static long bytes(MapShape m) {
    return Math.ceilDiv(m.places() * m.c() * Float.BYTES, ALIGNMENT) * ALIGNMENT;
  }

  /** Adds the turn to a dense array {@code [n, c, h, w]}. */
  static void channelsFirst(KernelPlan plan, MapShape m, Place from, Place to) {
    long places = m.places() / m.n();
    plan.add(
        Operation.TRANSPOSE,
        o ->
            new Words()
                .put(from.in(o), to.in(o), m.n(), places, m.c(), m.pitch(), places)
                .put(places * m.pitch(), places * m.c()));
  }

  /** Adds the turn back. */
  static void channelsLast(KernelPlan plan, MapShape m, Place from, Place to) {
    long places = m.places() / m.n();
    plan.add(
        Operation.TRANSPOSE,
        o ->
            new Words()
                .put(from.in(o), to.in(o), m.n(), m.c(), places, places, m.pitch())
                .put(places * m.c(), places * m.pitch()));
  }
}
