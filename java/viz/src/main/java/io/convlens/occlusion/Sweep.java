package io.convlens.occlusion;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.engine.DeltaPlanner;
import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A sweep that is prepared for pictures of one size. Where differences from the untouched picture
 * save work it is run by them, else by the whole network for every position; the map is the same.
 *
 * <p>For one thread at a time. Close it before its network.
 */
public final class Sweep implements AutoCloseable {
  /** 4 GiB of scores. */
  private static final long MOST_SCORES = 1L << 30;

  private static final double NANOS = 1e9;

  private final OcclusionOptions options;
  private final SizedNetwork network;
  private final int channelAxis;
  private final Positions positions;
  private final List<Float> fill;
  private final Optional<TrackedLayer> tracked;
  private final List<Integer> shown = new ArrayList<>();

  /** What the patches cover, size by size: those of {@link #shown}, in its order. */
  private final List<List<Rectangle>> patches = new ArrayList<>();

  private final Optional<String> why;
  private final List<Findings> all = new ArrayList<>();

  /** Those of {@link #all} that no begun picture uses. */
  private final Deque<Findings> free = new ArrayDeque<>();

  private long finished = System.nanoTime();
  private Optional<Runner> exact = Optional.empty();
  private Optional<Runner> plain = Optional.empty();

  Sweep(Network net, Shape input, OcclusionOptions options) {
    this.options = options;
    this.network = net.sized(input);
    this.channelAxis = net.pictureInput().channelAxis();
    Shape one = network.graph().input().shape();
    this.positions =
        Positions.of(
            one.intDim(channelAxis == 1 ? 2 : 1), one.intDim(channelAxis == 1 ? 3 : 2), options);
    this.fill = fill(one.intDim(channelAxis));
    checkTarget();
    checkRoom();
    this.tracked = options.track().map(name -> TrackedLayer.of(network.graph(), name, layer(name)));
    for (List<Integer> some : positions.shown()) {
      shown.addAll(some);
      patches.add(some.stream().map(positions::window).toList());
    }
    this.why = options.mode() == Mode.FULL ? Optional.empty() : prepareExact(net);
    try {
      if (exact.isEmpty()) {
        plain();
      }
      free.push(newFindings());
    } catch (RuntimeException | Error e) {
      exact.ifPresent(Runner::close);
      plain.ifPresent(Runner::close);
      throw e;
    }
  }

  /** Prepares the run by differences, or says why not. */
  private Optional<String> prepareExact(Network net) {
    Set<Value> keep = new LinkedHashSet<>(Set.of(network.scoreRows(options.score())));
    tracked.ifPresent(t -> keep.add(t.sums()));
    DeltaPlanner.Choice choice =
        DeltaPlanner.prepareAll(net.device(), graph(), channelAxis, patches, fill, keep);
    exact = choice.session().map(DeltaRunner::new);
    return exact.isPresent() ? Optional.empty() : Optional.of(choice.why());
  }

  private Runner plain() {
    if (plain.isEmpty()) {
      Set<Value> taps = tracked.map(t -> Set.of(t.sums())).orElse(Set.of());
      List<Rectangle> all = patches.stream().flatMap(List::stream).toList();
      plain = Optional.of(new PlainRunner(network, graph(), channelAxis, all, fill, taps));
    }
    return plain.get();
  }

  private Graph graph() {
    return tracked.map(TrackedLayer::graph).orElse(network.graph());
  }

  private List<Float> fill(int channels) {
    List<Float> values = options.fill();
    if (values.size() != 1 && values.size() != channels) {
      throw new UnusableOptionException(
          "fill of %d values for a network with %d input channels"
              .formatted(values.size(), channels));
    }
    return values.size() == channels ? values : Collections.nCopies(channels, values.getFirst());
  }

  /** All that a picture's map holds goes into arrays. */
  private void checkRoom() {
    long each = options.allClasses() ? network.classes() : 1;
    if (each * positions.count() > MOST_SCORES) {
      throw new UnusableOptionException(
          "%d positions with %d scores each are too many for one picture: take a larger stride"
              .formatted(positions.count(), each));
    }
  }

  private void checkTarget() {
    int classes = network.classes();
    if (options.target().isPresent()
        && (options.target().getAsInt() < 0 || options.target().getAsInt() >= classes)) {
      throw new UnusableOptionException(
          "target %d is not among the network's classes 0 to %d"
              .formatted(options.target().getAsInt(), classes - 1));
    }
  }

  private Value layer(String name) {
    Layer layer = network.graph().layer(name);
    if (layer.value() == null) {
      throw new UnusableOptionException("layer '" + name + "' does not depend on the picture");
    }
    return layer.value();
  }

  /** Where the patches are put, in the options' order of sizes. */
  public List<PatchGrid> grids() {
    return positions.grids().stream()
        .map(g -> new PatchGrid(g.patch(), g.height(), g.width(), g.rows(), g.cols(), g.covered()))
        .toList();
  }

  /** The network's number of classes. */
  public int classes() {
    return network.classes();
  }

  /** How many positions a picture has, of all patch sizes. */
  public int positions() {
    return positions.count();
  }

  /**
   * The map of one picture, for options with one patch size.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index the picture to map
   * @param listener follows, and may stop it
   * @throws CancellationException if the listener stopped it
   */
  public OcclusionMap map(Tensor pictures, int index, OcclusionListener listener) {
    return maps(pictures, index, listener).only();
  }

  /**
   * The maps of one picture, one a patch size.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index the picture to map
   * @param listener follows, and may stop it
   * @throws CancellationException if the listener stopped it
   */
  public OcclusionMaps maps(Tensor pictures, int index, OcclusionListener listener) {
    return begin(pictures, index, listener).finish();
  }

  /**
   * Begins with one picture. A device that works by itself may still be busy with it when this
   * returns: begin with the next picture before you {@linkplain Begun#finish finish} this one, and
   * the device never waits. Pictures are finished in the order in which they were begun.
   *
   * @param pictures stay open until the picture is finished
   */
  Begun begin(Tensor pictures, int index, OcclusionListener listener) {
    Runner runner = exact.isPresent() ? exact.get() : plain();
    var begun = new Begun(pictures, index, listener);
    begun.run(runner);
    return begun;
  }

  /** A picture that a device may still be busy with. */
  final class Begun {
    private final Tensor pictures;
    private final int index;
    private final OcclusionListener listener;
    private final Findings findings;
    private final long start = System.nanoTime();

    private Begun(Tensor pictures, int index, OcclusionListener listener) {
      this.pictures = pictures;
      this.index = index;
      this.listener = listener;
      this.findings = free.isEmpty() ? newFindings() : free.pop();
    }

    /** The picture's maps; waits for them. */
    OcclusionMaps finish() {
      OcclusionMaps maps = exact.isPresent() ? exactOrPlain(exact.get()) : plainly(why);
      free.push(findings);
      finished = System.nanoTime();
      return maps;
    }

    private OcclusionMaps exactOrPlain(Runner runner) {
      return findings
          .toMaps(true, () -> work(runner, why, seconds()))
          .orElseGet(
              () -> {
                run(plain());
                return plainly(Optional.of("differences of values that are no numbers"));
              });
    }

    private OcclusionMaps plainly(Optional<String> reason) {
      return findings.toMaps(false, () -> work(plain(), reason, seconds())).orElseThrow();
    }

    /** Since this picture began, or the one before was finished: what overlaps counts once. */
    private double seconds() {
      return (System.nanoTime() - Math.max(start, finished)) / NANOS;
    }

    private void run(Runner runner) {
      findings.start();
      int[] done = {Runner.UNTOUCHED};
      runner.run(
          pictures,
          index,
          some -> {
            findings.visit(runner, some);
            done[0] += some.length;
            if (!listener.progress(done[0], shown.size())) {
              throw new CancellationException("stopped");
            }
          });
    }
  }

  private Findings newFindings() {
    var findings = new Findings(options, network, positions, shown, tracked);
    all.add(findings);
    return findings;
  }

  private OcclusionMap.Work work(Runner runner, Optional<String> reason, double seconds) {
    long macs = network.graph().layers().stream().mapToLong(Layer::macs).sum();
    return new OcclusionMap.Work(
        runner.engine(), reason, runner.macsRun(), macs * positions.count(), seconds);
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    all.forEach(Findings::close);
    exact.ifPresent(Runner::close);
    plain.ifPresent(Runner::close);
    exact = Optional.empty();
    plain = Optional.empty();
  }
}
