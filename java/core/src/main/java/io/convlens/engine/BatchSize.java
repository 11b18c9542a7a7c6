package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How many pictures go through a graph at once, if nobody says. A fixed function of graph and
 * device, so that equal runs give equal bytes.
 */
public final class BatchSize {
  /** More pictures than this gain nothing on any network that was measured. */
  private static final int MOST = 64;

  private BatchSize() {}

  /**
   * The largest power of two for which the values of a run stay within the device's last-level
   * cache, at least 1 and at most {@code pictures} rounded up.
   *
   * @param taps values to read after a run besides the outputs
   * @param pictures how many there are to run
   */
  public static int choose(Device device, Graph graph, Set<Value> taps, long pictures) {
    if (!graph.batchable()) {
      return graph.baseBatch();
    }
    Set<Value> keep = new HashSet<>(graph.outputs());
    keep.addAll(taps);
    Program program = Lowering.sketch(graph, 1, keep);
    List<Storage> storages =
        program.steps().stream()
            .flatMap(s -> s.operands().stream())
            .map(Place::storage)
            .distinct()
            .toList();
    long bytes = Math.max(1, new MemoryPlan(storages).total() * Float.BYTES);
    int batch = 1;
    while (batch < MOST && batch < pictures && 2L * batch * bytes <= device.info().cacheBytes()) {
      batch *= 2;
    }
    return batch;
  }
}
