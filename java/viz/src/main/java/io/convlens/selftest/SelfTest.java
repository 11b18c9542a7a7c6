package io.convlens.selftest;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.Kernel;
import io.convlens.device.MapShape;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Precision;
import io.convlens.device.Problem;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Every operation of a device, in every way in which it can compute it, against another device: at
 * the shapes of the usual networks and at odd ones.
 *
 * <pre>{@code
 * new SelfTest(cuda, cpu).run(finding -> System.out.println(finding));
 * }</pre>
 *
 * <p>For one thread at a time.
 */
public final class SelfTest {
  /** An emulator computes about as many multiply-adds in a fraction of a second. */
  private static final long MOST_MACS_EMULATED = 1 << 19;

  private static final int POSITIONS = 9;

  private final Device device;
  private final Device reference;

  /**
   * A test.
   *
   * @param reference what is right
   */
  public SelfTest(Device device, Device reference) {
    this.device = device;
    this.reference = reference;
  }

  /** Whether networks' operations are cut to fewer rows and columns, since an emulator is slow. */
  public boolean cuts() {
    return device.info().isEmulated();
  }

  /**
   * Tries everything.
   *
   * @param sink takes what was found, one by one
   */
  public void run(Consumer<Finding> sink) {
    List<Supplier<Trial>> trials = new ArrayList<>(GeneralShapes.all());
    trials.addAll(GradientShapes.all());
    trials.addAll(new NetShapes(cuts() ? MOST_MACS_EMULATED : Long.MAX_VALUE).all());
    for (Supplier<Trial> make : trials) {
      try (Trial trial = make.get()) {
        compare(trial, sink);
      }
    }
    sink.accept(occlusion());
  }

  private void compare(Trial trial, Consumer<Finding> sink) {
    float[] expected = compute(reference, trial, () -> reference.prepare(trial.spec()));
    for (String way : device.ways(trial.spec())) {
      Optional<float[]> actual = attempt(trial, way);
      actual.ifPresent(
          values ->
              sink.accept(
                  new Finding(
                      trial.operation(),
                      way,
                      trial.source(),
                      Problem.of(trial.spec()),
                      error(expected, values),
                      tolerance(trial.operation(), way))));
    }
  }

  /** The result, or nothing where the device's libraries have no such way for these shapes. */
  private Optional<float[]> attempt(Trial trial, String way) {
    try {
      return Optional.of(compute(device, trial, () -> device.prepare(trial.spec(), way)));
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.UNSUPPORTED) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static float[] compute(Device on, Trial trial, Supplier<Kernel> prepare) {
    List<Buffer> operands = new ArrayList<>();
    try (Kernel kernel = prepare.get()) {
      for (int i = 0; i < trial.sizes().size(); i++) {
        Buffer operand = on.allocate(trial.sizes().get(i));
        operands.add(operand);
        upload(on, i, trial.positive(), operand);
      }
      kernel.bind(operands.toArray(Buffer[]::new)).run();
      return download(on, operands.getLast());
    } finally {
      operands.forEach(Buffer::close);
    }
  }

  private static void upload(Device on, long seed, boolean positive, Buffer to) {
    try (Tensor values = Numbers.operand(seed, positive, to.size())) {
      on.upload(values, 0, values.size(), to);
    }
  }

  private static float[] download(Device from, Buffer buffer) {
    try (Tensor values = Tensor.zeros(Shape.of(buffer.size()))) {
      from.download(buffer, buffer.size(), values, 0);
      return values.toArray();
    }
  }

  /** Windows that walk over a picture, made by both devices: they must be the same numbers. */
  private Finding occlusion() {
    MapShape map = MapShape.dense(POSITIONS, 1, 33, 29, 3);
    List<Rectangle> rectangles = new ArrayList<>();
    for (int i = 0; i < POSITIONS; i++) {
      rectangles.add(new Rectangle(3 * i, 2 * i, Math.min(33, 3 * i + 8), 2 * i + 7));
    }
    var spec = new OcclusionSpec(map, rectangles, List.of(0.5f, -0.25f, 1f));
    float[] expected = occluded(reference, spec);
    float[] actual = occluded(device, spec);
    String problem = "%d positions on %s".formatted(POSITIONS, map);
    return new Finding("occlusion", "convlens", "general", problem, error(expected, actual), 0);
  }

  private static float[] occluded(Device on, OcclusionSpec spec) {
    MapShape map = spec.map();
    try (Buffer picture = on.allocate((long) map.h() * map.w() * map.c());
        Buffer batch = on.allocate(map.span());
        var occluder = on.prepare(spec)) {
      upload(on, 1, false, picture);
      occluder.start(picture, batch);
      occluder.occlude(0, map.n());
      return download(on, batch);
    }
  }

  private static double error(float[] expected, float[] actual) {
    double largest = Float.MIN_NORMAL;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Float.compare(expected[i], actual[i]) == 0) {
        largest = Math.max(largest, Float.isFinite(expected[i]) ? Math.abs(expected[i]) : 0);
        continue;
      }
      double difference = Math.abs((double) expected[i] - actual[i]);
      error = Math.max(error, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
      largest = Math.max(largest, Math.abs((double) expected[i]));
    }
    return error / largest;
  }

  /**
   * Sums of products in float32 differ by their order: by some 1e-6 of the largest at these sizes.
   * Where the libraries multiply in fewer bits it is what those bits leave, for our kernels not.
   */
  private double tolerance(String operation, String way) {
    if (operation.equals("copy")) {
      return 0;
    }
    boolean multiplies =
        List.of("conv", "depthwise conv", "deconv", "conv gradient", "matmul").contains(operation);
    Precision precision =
        multiplies && !way.equals("convlens") ? device.info().precision() : Precision.FP32;
    return switch (precision) {
      case FP32 -> 1e-5;
      case TF32, FP16 -> 4e-3;
      case BF16 -> 3e-2;
    };
  }
}
