package io.convlens.selftest;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.Kernel;
import io.convlens.device.Precision;
import io.convlens.device.Problem;
import io.convlens.device.Spec;
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

  private final Device device;
  private final Device reference;
  private final int each;

  /**
   * A test.
   *
   * @param reference what is right
   */
  public SelfTest(Device device, Device reference) {
    this(device, reference, 1);
  }

  private SelfTest(Device device, Device reference, int each) {
    this.device = device;
    this.reference = reference;
    this.each = each;
  }

  /** The same with one in so many of the operations, for a short look. */
  public SelfTest some(int oneIn) {
    return new SelfTest(device, reference, oneIn);
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
    trials.addAll(ChangeShapes.all());
    trials.addAll(FigureShapes.all());
    trials.addAll(EmbeddingShapes.all());
    trials.addAll(new NetShapes(cuts() ? MOST_MACS_EMULATED : Long.MAX_VALUE).all());
    for (int i = 0; i < trials.size(); i += each) {
      try (Trial trial = trials.get(i).get()) {
        compare(trial, sink);
      }
    }
    new KeepTrials(device, reference, sink).run();
  }

  private void compare(Trial trial, Consumer<Finding> sink) {
    float[] expected = compute(reference, trial, () -> reference.prepare(trial.spec()));
    for (String way : device.ways(trial.spec())) {
      Optional<float[]> actual = attempt(trial, way);
      actual.ifPresent(
          values ->
              sink.accept(
                  finding(trial, way, expected, values, tolerance(trial.operation(), way))));
    }
    if (trial.spec() instanceof Spec.Conv || trial.spec() instanceof Spec.MatMul) {
      device.lower().ifPresent(lower -> sink.accept(rounded(trial, expected, lower)));
    }
  }

  /** As fast sweeps have it: in fewer bits than the device is asked for. */
  private Finding rounded(Trial trial, float[] expected, Precision lower) {
    float[] values = compute(device, trial, () -> device.prepare(trial.spec(), lower));
    return finding(trial, lower.toString(), expected, values, tolerance(lower));
  }

  private static Finding finding(
      Trial trial, String way, float[] expected, float[] actual, double tolerance) {
    return new Finding(
        trial.operation(),
        way,
        trial.source(),
        Problem.of(trial.spec()),
        Comparison.error(expected, actual),
        tolerance);
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
        Comparison.upload(on, i, trial.positive(), operand);
      }
      kernel.bind(operands.toArray(Buffer[]::new)).run();
      return Comparison.download(on, operands.getLast());
    } finally {
      operands.forEach(Buffer::close);
    }
  }

  /**
   * Sums of products in float32 differ by their order: by some 1e-6 of the largest at these sizes.
   * Where the libraries multiply in fewer bits it is what those bits leave, for our kernels not.
   */
  private double tolerance(String operation, String way) {
    if (operation.equals("copy") || operation.equals("patches")) {
      return 0;
    }
    boolean multiplies =
        List.of("conv", "depthwise conv", "deconv", "conv gradient", "matmul").contains(operation);
    return tolerance(
        multiplies && !way.equals("convlens") ? device.info().precision() : Precision.FP32);
  }

  private static double tolerance(Precision precision) {
    return switch (precision) {
      case FP32 -> 1e-5;
      case TF32, FP16 -> 4e-3;
      case BF16 -> 3e-2;
    };
  }
}
