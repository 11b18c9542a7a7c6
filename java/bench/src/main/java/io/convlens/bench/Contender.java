package io.convlens.bench;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.device.DeviceStatus;
import io.convlens.engine.BatchSize;
import io.convlens.engine.Session;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Value;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SplittableRandom;

/** One of those who are timed, with a model loaded: it runs batches of random pictures. */
sealed interface Contender extends AutoCloseable {

  /** Who there is. */
  enum Kind {
    CONVLENS("ConvLens"),
    SWEEP("ConvLens's sweep"),
    GRADIENT("ConvLens's gradient"),
    FAST_SWEEP("ConvLens's approximate sweep"),
    ONNXRUNTIME("ONNX Runtime");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }

    /** Whether it is ConvLens in one way or another. */
    boolean isOurs() {
      return this != ONNXRUNTIME;
    }

    /** The word for options and JSON. */
    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The batch size that it chooses by itself for many pictures; empty where users must. */
  OptionalInt ownBatch();

  /** Makes everything ready for batches of this size; what was ready before is let go. */
  void prepare(int batch);

  /** Runs the prepared batch once, input and output in memory that Java can read. */
  void run();

  /** Runs the prepared batch once and returns the first output's elements. */
  float[] answer();

  @Override
  void close();

  /** Loads a model. {@code picture} is the shape without the batch. */
  static Contender load(Kind kind, Path model, Shape picture, int threads) {
    return switch (kind) {
      case CONVLENS -> new ConvLens(model, picture, threads);
      case GRADIENT -> new Gradient(model, picture, threads);
      case SWEEP -> new WholeSweep(model, picture, threads, Mode.EXACT);
      case FAST_SWEEP -> new WholeSweep(model, picture, threads, Mode.FAST);
      case ONNXRUNTIME -> new OnnxRuntime(model, picture, threads);
    };
  }

  /** The same pictures for everyone: uniform with variance 1, as preprocessing leaves them. */
  private static float[] pictures(Shape shape) {
    var random = new SplittableRandom(1);
    float[] values = new float[Math.toIntExact(shape.size())];
    double bound = Math.sqrt(3);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }

  private static Shape batch(Shape picture, int batch) {
    long[] dims = new long[picture.rank() + 1];
    dims[0] = batch;
    System.arraycopy(picture.dims(), 0, dims, 1, picture.rank());
    return Shape.of(dims);
  }

  /** ConvLens's plain forward pass on its CPU device. */
  final class ConvLens implements Contender {
    /** As many as a sweep has positions, at least. */
    private static final long MANY = 1_000_000;

    private final Model model;
    private final Device device;
    private final Shape picture;
    private Ready ready;

    private ConvLens(Path file, Shape picture, int threads) {
      this.picture = picture;
      this.model = Model.read(file);
      this.device = cpu(threads);
      this.ready = ready(1);
    }

    static Device cpu(int threads) {
      for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
        if (provider.kind().equals("cpu")) {
          DeviceStatus first = provider.probe().getFirst();
          return provider.open(first.id(), new DeviceOptions(threads));
        }
      }
      throw new IllegalStateException("no CPU device on the class path");
    }

    private Ready ready(int batch) {
      Graph graph = model.graph(batch(picture, 1).dims());
      Shape in = batch(picture, batch);
      return new Ready(
          Session.prepare(device, graph, batch, Set.of()),
          Tensor.of(in, pictures(in)),
          Tensor.zeros(graph.outputs().getFirst().shape(batch)));
    }

    @Override
    public OptionalInt ownBatch() {
      Graph graph = model.graph(batch(picture, 1).dims());
      return OptionalInt.of(BatchSize.choose(device, graph, Set.of(), MANY));
    }

    @Override
    public void prepare(int batch) {
      ready.close();
      ready = ready(batch);
    }

    @Override
    public void run() {
      ready.run();
    }

    @Override
    public float[] answer() {
      run();
      return ready.output.toArray();
    }

    @Override
    public void close() {
      ready.close();
      device.close();
      model.close();
    }
  }

  /** A forward and a backward pass: the gradient of all outputs' weighted sum by the pictures. */
  final class Gradient implements Contender {
    private final Model model;
    private final Device device;
    private final Shape picture;
    private final Backward backward;
    private final Value input;
    private Session session;
    private Tensor in;
    private Tensor out;

    private Gradient(Path file, Shape picture, int threads) {
      this.picture = picture;
      this.model = Model.read(file);
      this.device = ConvLens.cpu(threads);
      Graph graph = model.graph(batch(picture, 1).dims());
      this.input = graph.input();
      this.backward =
          Backward.of(graph, graph.outputs().getFirst(), Set.of(input), GradientRule.GRADIENT);
      ready(1);
    }

    private Set<Value> taps() {
      return Set.of(backward.gradient(input));
    }

    private void ready(int batch) {
      session = Session.prepare(device, backward.graph(), batch, taps());
      in = Tensor.of(batch(picture, batch), pictures(batch(picture, batch)));
      out = Tensor.zeros(batch(picture, batch));
      Shape seeds = backward.seed().shape(batch);
      try (Tensor seed = Tensor.of(seeds, pictures(seeds))) {
        session.upload(backward.seed(), seed, 0, batch);
      }
    }

    private void letGo() {
      session.close();
      in.close();
      out.close();
    }

    @Override
    public OptionalInt ownBatch() {
      return OptionalInt.of(BatchSize.choose(device, backward.graph(), taps(), ConvLens.MANY));
    }

    @Override
    public void prepare(int batch) {
      letGo();
      ready(batch);
    }

    @Override
    public void run() {
      session.upload(in, 0, session.batch());
      session.run();
      session.download(backward.gradient(input), session.batch(), out, 0);
    }

    @Override
    public float[] answer() {
      run();
      return out.toArray();
    }

    @Override
    public void close() {
      letGo();
      backward.close();
      device.close();
      model.close();
    }
  }

  /**
   * ConvLens's occlusion of one picture, from preparing to the map; its batch is the number of
   * positions, so that a picture of the others is a position of this.
   */
  final class WholeSweep implements Contender {
    private static final int PATCH = 16;

    /** Steps of 4 pixels at 224, and as many positions at any other size. */
    private static final int STEPS = 56;

    private final Network network;
    private final Tensor input;
    private final Occlusion occlusion;

    private WholeSweep(Path file, Shape picture, int threads, Mode mode) {
      this.network =
          Network.load(file, NetworkOptions.DEFAULT.withDevice("cpu").withThreads(threads));
      Shape one = batch(picture, 1);
      this.input = Tensor.of(one, pictures(one));
      int stride = Math.max(1, one.intDim(-1) / STEPS);
      this.occlusion = Occlusion.with(o -> o.patch(PATCH).stride(stride).mode(mode));
    }

    @Override
    public OptionalInt ownBatch() {
      try (Sweep sweep = occlusion.prepare(network, input.shape())) {
        return OptionalInt.of(sweep.positions());
      }
    }

    @Override
    public void prepare(int batch) {
      // Every run prepares itself: that is part of what is timed.
    }

    @Override
    public void run() {
      occlusion.map(network, input);
    }

    @Override
    public float[] answer() {
      return network.predict(input).output(0);
    }

    @Override
    public void close() {
      input.close();
      network.close();
    }
  }

  /** A session with its input and where its output goes. */
  record Ready(Session session, Tensor input, Tensor output) implements AutoCloseable {
    private void run() {
      session.upload(input, 0, session.batch());
      session.run();
      session.download(session.graph().outputs().getFirst(), session.batch(), output, 0);
    }

    @Override
    public void close() {
      session.close();
      input.close();
      output.close();
    }
  }

  /** ONNX Runtime's CPU provider with every optimisation. */
  final class OnnxRuntime implements Contender {
    private final OrtPeer peer;
    private final Shape picture;
    private OrtPeer.Prepared prepared;

    private OnnxRuntime(Path file, Shape picture, int threads) {
      this.picture = picture;
      this.peer = OrtPeer.open(file, threads);
      this.prepared = peer.prepare(batch(picture, 1), pictures(batch(picture, 1)));
    }

    @Override
    public OptionalInt ownBatch() {
      return OptionalInt.empty();
    }

    @Override
    public void prepare(int batch) {
      prepared.close();
      prepared = peer.prepare(batch(picture, batch), pictures(batch(picture, batch)));
    }

    @Override
    public void run() {
      prepared.run();
    }

    @Override
    public float[] answer() {
      return prepared.outputs().values().iterator().next().values();
    }

    @Override
    public void close() {
      prepared.close();
      peer.close();
    }
  }
}
