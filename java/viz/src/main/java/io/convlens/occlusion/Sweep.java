package io.convlens.occlusion;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import io.convlens.engine.Session;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A plain batched sweep: the whole network for every position. Everything slow is prepared once;
 * the batch of occluded pictures is made on the device from one resident picture, and only scores
 * come back.
 *
 * <p>For one thread at a time. Close it before its network.
 */
public final class Sweep implements AutoCloseable {
  /** 4 GiB of scores. */
  private static final long MOST_SCORES = 1L << 30;

  private final OcclusionOptions options;
  private final SizedNetwork network;
  private final Grid grid;
  private final Optional<TrackedLayer> tracked;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Integer> shown = new ArrayList<>();

  private final Session session;
  private final Buffer picture;
  private final Launch keepPicture;
  private final Occluder occluder;
  private final Tensor scoreRows;
  private final Tensor layerRows;

  Sweep(Network net, Shape input, OcclusionOptions options) {
    this.options = options;
    this.network = net.sized(input);
    int channelAxis = net.pictureInput().channelAxis();
    Shape one = network.graph().input().shape();
    this.grid =
        Grid.of(
            one.intDim(channelAxis == 1 ? 2 : 1), one.intDim(channelAxis == 1 ? 3 : 2), options);
    List<Float> fill = fill(one.intDim(channelAxis));
    checkTarget();
    checkRoom();
    this.tracked = options.track().map(name -> TrackedLayer.of(network.graph(), name, layer(name)));
    try {
      this.session = open(session());
      MapShape map =
          session
              .inputMap(channelAxis)
              .orElseThrow(() -> new UnusableOptionException("the network's input is no picture"));
      Device device = net.device();
      this.picture = open(device.allocate((long) map.h() * map.w() * map.c()));
      this.keepPicture = keepPicture(device);
      this.occluder = open(device.prepare(new OcclusionSpec(map, rectangles(), fill)));
      this.scoreRows = open(Tensor.zeros(Shape.of(session.batch(), network.classes())));
      int channels = tracked.map(TrackedLayer::channels).orElse(1);
      this.layerRows = open(Tensor.zeros(Shape.of(session.batch(), channels)));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    open.push(resource);
    return resource;
  }

  private List<Float> fill(int channels) {
    List<Float> fill = options.fill();
    if (fill.size() != 1 && fill.size() != channels) {
      throw new UnusableOptionException(
          "fill of %d values for a network with %d input channels"
              .formatted(fill.size(), channels));
    }
    return fill.size() == channels ? fill : Collections.nCopies(channels, fill.getFirst());
  }

  /** All that a picture's map holds goes into arrays. */
  private void checkRoom() {
    long each = options.allClasses() ? network.classes() : 1;
    if (each * grid.rows() * grid.cols() > MOST_SCORES) {
      throw new UnusableOptionException(
          "%d x %d positions with %d scores each are too many for one map: take a larger stride"
              .formatted(grid.rows(), grid.cols(), each));
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

  private Session session() {
    Graph graph = tracked.map(TrackedLayer::graph).orElse(network.graph());
    Set<Value> taps = tracked.map(t -> Set.of(t.sums())).orElse(Set.of());
    return network.session(graph, network.batch(graph, taps, grid.positions() + 1L), taps);
  }

  private Launch keepPicture(Device device) {
    Kernel copy =
        open(
            device.prepare(
                new Spec.Copy(
                    List.of(picture.size()),
                    Collections.nCopies(1, null),
                    List.of(1L),
                    List.of(1L),
                    0)));
    return copy.bind(session.input().slice(0, picture.size()), picture);
  }

  /** An empty window for the untouched picture, then every window that touches the picture. */
  private List<Rectangle> rectangles() {
    List<Rectangle> rectangles = new ArrayList<>();
    rectangles.add(new Rectangle(0, 0, 0, 0));
    for (int i = 0; i < grid.positions(); i++) {
      if (!Grid.isEmpty(grid.window(i))) {
        rectangles.add(grid.window(i));
        shown.add(i);
      }
    }
    return rectangles;
  }

  /** Positions down. */
  public int rows() {
    return grid.rows();
  }

  /** Positions across. */
  public int cols() {
    return grid.cols();
  }

  /**
   * The map of one picture.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index the picture to map
   * @param listener follows, and may stop it
   * @throws CancellationException if the listener stopped it
   */
  public OcclusionMap map(Tensor pictures, int index, OcclusionListener listener) {
    long start = System.nanoTime();
    session.upload(pictures, index, 1);
    keepPicture.run();
    occluder.start(picture, session.input());
    var findings = new Findings();
    int total = shown.size() + 1;
    for (int first = 0; first < total; first += session.batch()) {
      int count = Math.min(session.batch(), total - first);
      occluder.occlude(first, count);
      session.run();
      read(count);
      for (int i = 0; i < count; i++) {
        findings.add(first + i - 1, i);
      }
      if (!listener.progress(Math.max(0, first + count - 1), shown.size())) {
        throw new CancellationException("stopped");
      }
    }
    return findings.toMap((System.nanoTime() - start) / 1e9);
  }

  private void read(int count) {
    session.download(network.scoreSource(options.score()), count, scoreRows, 0);
    network.toScores(scoreRows, count, options.score());
    tracked.ifPresent(t -> session.download(t.sums(), count, layerRows, 0));
  }

  /** What comes in while a sweep runs. */
  private final class Findings {
    private final float[] scores = new float[grid.positions()];
    private final float[] classScores =
        new float
            [options.allClasses() ? Math.multiplyExact(grid.positions(), network.classes()) : 0];
    private final float[] layerSums = new float[tracked.isPresent() ? grid.positions() : 0];
    private int target;
    private int channel;
    private float base;

    /** Notes a row of results: of the untouched picture where {@code at} is −1. */
    void add(int at, int row) {
      if (at < 0) {
        addBase(row);
        return;
      }
      int position = shown.get(at);
      scores[position] = score(row, target);
      if (options.allClasses()) {
        addClasses(position, row);
      }
      if (tracked.isPresent()) {
        layerSums[position] = layerSum(row, channel);
      }
    }

    private void addBase(int row) {
      target = options.target().orElseGet(() -> strongest(scoreRows, row, network.classes()));
      base = score(row, target);
      Arrays.fill(scores, base);
      tracked.ifPresent(
          t -> {
            channel = strongest(layerRows, row, t.channels());
            Arrays.fill(layerSums, layerSum(row, channel));
          });
      if (options.allClasses()) {
        for (int position = 0; position < grid.positions(); position++) {
          addClasses(position, row);
        }
      }
    }

    private void addClasses(int position, int row) {
      for (int c = 0; c < network.classes(); c++) {
        classScores[position * network.classes() + c] = score(row, c);
      }
    }

    private float score(int row, int index) {
      return scoreRows.get((long) row * network.classes() + index);
    }

    private float layerSum(int row, int index) {
      return layerRows.get(row * layerRows.shape().dim(1) + index);
    }

    /** The index of a row's largest number; the first of equals. */
    private static int strongest(Tensor rows, int row, int length) {
      int best = 0;
      for (int i = 1; i < length; i++) {
        if (rows.get((long) row * length + i) > rows.get((long) row * length + best)) {
          best = i;
        }
      }
      return best;
    }

    OcclusionMap toMap(double seconds) {
      long macs = network.graph().layers().stream().mapToLong(Layer::macs).sum();
      long swept = macs * shown.size();
      Optional<String> why =
          options.mode() == Mode.FULL
              ? Optional.empty()
              : Optional.of("only the plain sweep is built so far");
      return new OcclusionMap(
          grid.height(),
          grid.width(),
          grid.rows(),
          grid.cols(),
          target,
          base,
          scores,
          grid.attribution(base, scores),
          grid.covered(),
          options.allClasses() ? Optional.of(classScores) : Optional.empty(),
          tracked.isPresent() ? Optional.of(layerSums) : Optional.empty(),
          new OcclusionMap.Work(Mode.FULL, why, swept, macs * grid.positions(), seconds));
    }
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case Session s -> s.close();
        case Kernel k -> k.close();
        case Occluder o -> o.close();
        case Buffer b -> b.close();
        case Tensor t -> t.close();
        default -> throw new IllegalStateException("unknown resource");
      }
    }
  }
}
