package io.convlens.engine;

import io.convlens.device.Device;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How many pictures go through a graph at once, if nobody says. A fixed function of graph and
 * device, so that equal runs give equal bytes.
 *
 * <p>Two things pull apart: the values of a run should stay in the last-level cache, and the
 * weights of fully connected layers, which are read once a batch, should be read rarely. The
 * numbers come from timing eight usual networks at batches of 1 to 32 on a processor with 32 MiB of
 * cache.
 */
public final class BatchSize {
  /** More pictures than this gain nothing on any network that was measured. */
  private static final int MOST = 32;

  /**
   * A GPU has some hundred thousand threads to keep busy; from here on the networks that were
   * looked at have enough for each even in their smallest maps.
   */
  private static final int MOST_ON_GPU = 128;

  /** The share of the cache that values may take; the rest is weights and other programs'. */
  private static final double CACHE_SHARE = 0.6;

  /**
   * Multiply-adds that cost as much as reading a byte of weights from memory, over the share of the
   * time that this reading may take (8 %).
   */
  private static final double MACS_PER_WEIGHT_BYTE = 72;

  private BatchSize() {}

  /**
   * The number of pictures, a power of two, at most {@code pictures} rounded up to one.
   *
   * @param taps values to read after a run besides the outputs
   * @param pictures how many there are to run
   */
  public static int choose(Device device, Graph graph, Set<Value> taps, long pictures) {
    if (!graph.batchable()) {
      return graph.baseBatch();
    }
    long bytes = Math.max(1, valueBytes(graph, taps));
    double room = device.info().cacheBytes() * CACHE_SHARE;
    double forWeights = MACS_PER_WEIGHT_BYTE * linearWeightBytes(graph) / Math.max(1, macs(graph));
    int most = device.info().isGpu() ? MOST_ON_GPU : MOST;
    int batch = 1;
    while (batch < most && batch < pictures && (2L * batch * bytes <= room || batch < forWeights)) {
      batch *= 2;
    }
    return batch;
  }

  /** Bytes that the values of one picture need. */
  private static long valueBytes(Graph graph, Set<Value> taps) {
    Set<Value> keep = new HashSet<>(graph.outputs());
    keep.addAll(taps);
    List<Storage> storages =
        Lowering.lower(graph, 1, keep, new Fusion(graph, keep)).steps().stream()
            .flatMap(s -> s.operands().stream())
            .map(Place::storage)
            .distinct()
            .toList();
    return new MemoryPlan(storages).total() * Float.BYTES;
  }

  private static double linearWeightBytes(Graph graph) {
    return graph.nodes().stream()
        .mapToDouble(n -> n instanceof Node.Linear l ? l.weights().size() * Float.BYTES : 0)
        .sum();
  }

  private static double macs(Graph graph) {
    return graph.layers().stream().mapToDouble(l -> l.macs()).sum();
  }
}
