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
 * weights of fully connected layers, which are read once a batch, should be read rarely. A device
 * with {@link io.convlens.device.Lanes lanes} gets both: each lane takes a few pictures at a time
 * up to the fully connected layers ({@link Trunk}), which then take the whole batch. The numbers
 * come from timing eight usual networks at batches of 1 to 32 on a processor with 32 MiB of cache.
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
  private static final double CACHE_SHARE = 0.3;

  /**
   * Multiply-adds that cost as much as reading a byte of weights from memory, over the share of the
   * time that this reading may take (8 %).
   */
  private static final double MACS_PER_WEIGHT_BYTE = 72;

  /** Several, so that a lane that is held up leaves some of them to the others. */
  private static final int PARTS_A_LANE = 4;

  private BatchSize() {}

  /**
   * The number of pictures. Where the device has lanes, they share it evenly.
   *
   * @param taps values to read after a run besides the outputs
   * @param pictures how many there are to run
   */
  public static int choose(Device device, Graph graph, Set<Value> taps, long pictures) {
    if (!graph.batchable()) {
      return graph.baseBatch();
    }
    int lanes = lanes(device);
    int each = each(device, graph, taps);
    int most = device.info().isGpu() ? MOST_ON_GPU : Math.max(MOST, lanes * each);
    double forWeights = MACS_PER_WEIGHT_BYTE * linearWeightBytes(graph) / Math.max(1, macs(graph));
    int batch = lanes == 1 ? each : lanes * each * PARTS_A_LANE;
    while (2 * batch <= most && batch < forWeights) {
      batch *= 2;
    }
    return pictures >= batch ? batch : forFew((int) pictures, lanes);
  }

  /** So few pictures, rounded up to what lanes share evenly, or without lanes to a power of two. */
  private static int forFew(int pictures, int lanes) {
    if (lanes > 1 && pictures > lanes) {
      return (pictures + lanes - 1) / lanes * lanes;
    }
    return pictures <= 1 ? 1 : 2 * Integer.highestOneBit(pictures - 1);
  }

  private static int lanes(Device device) {
    return device.lanes().map(l -> l.devices().size()).orElse(1);
  }

  /**
   * How many pictures a lane, or the whole device where it has none, takes at once: a power of two.
   */
  private static int each(Device device, Graph graph, Set<Value> taps) {
    long bytes = Math.max(1, valueBytes(graph, taps)) * lanes(device);
    double room = device.info().cacheBytes() * CACHE_SHARE;
    int most = device.info().isGpu() ? MOST_ON_GPU : Math.max(1, MOST / lanes(device));
    long weights = convWeightBytes(graph);
    // Weights that stay in the cache cost nothing to read again.
    double forWeights =
        weights > device.info().cacheBytes()
            ? MACS_PER_WEIGHT_BYTE * weights / Math.max(1, macs(graph))
            : 0;
    int each = 1;
    while (2 * each <= most && (2L * each * bytes <= room || each < forWeights)) {
      each *= 2;
    }
    return each;
  }

  /**
   * How many pictures of a batch each lane takes at once, so that every lane gets as many; 0 where
   * there are fewer than lanes.
   */
  static int part(Device device, Graph graph, Set<Value> keep, int batch) {
    int part = Math.min(each(device, graph, keep), batch / lanes(device));
    while (part > 1 && batch % (part * lanes(device)) != 0) {
      part--;
    }
    return part;
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

  private static long convWeightBytes(Graph graph) {
    return graph.nodes().stream()
        .mapToLong(n -> n instanceof Node.Conv c ? c.weights().size() * Float.BYTES : 0)
        .sum();
  }

  private static double macs(Graph graph) {
    return graph.layers().stream().mapToDouble(l -> l.macs()).sum();
  }
}
