package io.convlens.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Random problems of every kind on a device against {@link SpecReference}, with guard values around
 * each operand. A failure names the seed and the problem; {@code -Dconvlens.seed=N} runs that one
 * alone, {@code -Dconvlens.cases=N} so many.
 *
 * <p>Public for the tests of every device's module: {@code DeviceSuite.kinds().forEach(k ->
 * DeviceSuite.check(device, k))}.
 */
public final class DeviceSuite {
  private static final int GUARD = 37;
  private static final float GUARD_VALUE = -12345.678f;
  private static final int CASES = Integer.getInteger("convlens.cases", 150);

  private final Device device;
  private final Spec spec;
  private final String problem;

  private DeviceSuite(Device device, Spec spec, String problem) {
    this.device = device;
    this.spec = spec;
    this.problem = problem;
  }

  /** The kinds of problems. */
  public static Stream<String> kinds() {
    return Stream.of(
        "conv",
        "deconv",
        "pool",
        "matmul",
        "lrn",
        "affine",
        "groupnorm",
        "layernorm",
        "pointwise",
        "broadcast",
        "copy",
        "interpolate",
        "softmax",
        "reduce",
        "figures",
        "rank",
        "neighbours",
        "repulsion",
        "attraction",
        "descent",
        "occlusion");
  }

  /** The kinds of problems on windows of differences, which a device may be without. */
  public static Stream<String> windowKinds() {
    return Stream.of("patches", "windows", "poolwindows");
  }

  /** The kinds that only gradients need. */
  public static Stream<String> gradientKinds() {
    return Stream.of("actgrad", "poolgrad");
  }

  /** Checks as many problems of a kind as the run is asked for. */
  public static void check(Device device, String kind) {
    Integer only = Integer.getInteger("convlens.seed");
    int first = only == null ? 0 : only;
    check(device, kind, first, only == null ? CASES : 1);
  }

  /** Checks problems with the seeds from one on. */
  public static void check(Device device, String kind, int seed, int cases) {
    for (int i = seed; i < seed + cases; i++) {
      try (var draws = new Draws(i * 31L + kind.hashCode())) {
        if (kind.equals("occlusion")) {
          occlusion(device, draws, "occlusion seed " + i);
        } else {
          Spec spec = SpecProblems.draw(kind, draws);
          String problem = kind + " seed " + i + ": " + text(spec);
          new DeviceSuite(device, spec, problem).check(operands(spec, draws));
        }
      }
    }
  }

  /** Checks one problem on random operands. */
  public static void check(Device device, Spec spec) {
    try (var draws = new Draws(1)) {
      new DeviceSuite(device, spec, text(spec)).check(operands(spec, draws));
    }
  }

  private static String text(Spec spec) {
    return switch (spec) {
      case Spec.Copy s -> s + ", maps " + Arrays.deepToString(s.maps().toArray());
      case Spec.Interpolate s ->
          "Interpolate[%dx%dx%d to %d]"
              .formatted(s.outer(), s.length(), s.inner(), s.indices().size());
      case Spec.Attraction s -> Problem.of(s);
      default -> spec.toString();
    };
  }

  private static float[][] operands(Spec spec, Draws draws) {
    List<Long> sizes = Operands.sizes(spec);
    float[][] operands = new float[sizes.size()][];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = draws.values(sizes.get(i));
    }
    if (spec instanceof Spec.Broadcast b) {
      tame(b.function(), operands);
    }
    if (spec instanceof Spec.MapFigures || spec instanceof Spec.MapRank) {
      coarsen(operands[0], draws);
    }
    EmbeddingProblems.tame(spec, operands);
    if (spec instanceof Spec.PoolWindows p) {
      SpecReference.run(
          new Spec.Pool(p.base(), p.pooled(), p.kind(), p.window(), p.filePadEnd(), p.p()),
          operands[1],
          operands[2]);
    }
    return operands;
  }

  /** Equal values, zeros of both signs, and now and then nothing above 0. */
  private static void coarsen(float[] values, Draws draws) {
    boolean negative = draws.oneIn(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = draws.oneIn(2) ? Math.round(values[i]) : values[i];
      values[i] = negative ? -Math.abs(values[i]) : values[i];
    }
  }

  /**
   * Powers of negative numbers are none, and what activations make of those is open; quotients and
   * powers that are large make large differences of small ones in the sine that may follow.
   */
  private static void tame(Spec.Function function, float[][] operands) {
    switch (function) {
      case POW -> {
        for (int i = 0; i < operands[0].length; i++) {
          operands[0][i] = 0.5f + Math.abs(operands[0][i]);
        }
      }
      case DIV -> {
        for (int i = 0; i < operands[1].length; i++) {
          operands[1][i] += Math.copySign(0.5f, operands[1][i]);
        }
      }
      case ADD, SUB, MUL, MIN, MAX, PRELU -> {}
    }
  }

  private void check(float[][] operands) {
    float[][] expected = copyOf(operands);
    SpecReference.run(spec, expected);
    compare(expected, run(operands, 0), problem);
    ChangeProblems.from(ChangeProblems.MORE, spec)
        .ifPresent(
            last -> {
              float[][] other = copyOf(operands);
              SpecReference.run(last, other);
              compare(other, run(operands, ChangeProblems.MORE), problem + ", last windows");
              assertThrows(
                  IndexOutOfBoundsException.class, () -> run(operands, ChangeProblems.MORE + 1));
            });
    if (inPlace()) {
      float[] start = operands[0].clone();
      // What lies between the rows of the output is that of the input here.
      float[][] again = copyOf(operands);
      again[again.length - 1] = start.clone();
      SpecReference.run(spec, again);
      compare(again[again.length - 1], runInPlace(operands), problem + ", in place");
    }
  }

  private boolean inPlace() {
    return spec.inPlace()
        && switch (spec) {
          case Spec.ChannelAffine s -> s.src().equals(s.dst());
          case Spec.Pointwise s -> s.src().equals(s.dst());
          default -> true;
        };
  }

  private static float[][] copyOf(float[][] operands) {
    return Arrays.stream(operands).map(float[]::clone).toArray(float[][]::new);
  }

  private void compare(float[][] expected, float[][] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      compare(expected[i], actual[i], what + ", operand " + i);
    }
  }

  /**
   * Runs twice; fails if a guard is touched.
   *
   * @param first the first of the listed windows
   */
  private float[][] run(float[][] operands, int first) {
    float[][] results = new float[operands.length][];
    try (var kernel = device.prepare(spec);
        var memory = new Guarded(device, operands)) {
      Buffer[] parts = memory.parts.toArray(Buffer[]::new);
      Launch launch = first == 0 ? kernel.bind(parts) : kernel.bindWindows(parts).from(first);
      launch.run();
      launch.run();
      for (int i = 0; i < operands.length; i++) {
        results[i] = memory.read(i, problem);
      }
    }
    return results;
  }

  private float[] runInPlace(float[][] operands) {
    try (var kernel = device.prepare(spec);
        var memory = new Guarded(device, operands)) {
      Buffer[] parts = memory.parts.toArray(Buffer[]::new);
      parts[parts.length - 1] = parts[0];
      kernel.bind(parts).run();
      return memory.read(0, problem);
    }
  }

  private void compare(float[] expected, float[] actual, String what) {
    double largest = 0;
    for (float e : expected) {
      largest = Float.isFinite(e) ? Math.max(largest, Math.abs(e)) : largest;
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs((double) expected[i] - actual[i]);
      if (!(error <= tolerance(expected[i], largest))
          && Float.compare(expected[i], actual[i]) != 0) {
        fail(what + ": element " + i + " is " + actual[i] + ", should be " + expected[i]);
      }
    }
  }

  /** Sums are as exact as their largest terms; a function of one element is as exact as that. */
  private double tolerance(float expected, double largest) {
    return switch (spec) {
      case Spec.Copy _ -> 0;
      case Spec.Pointwise _, Spec.Broadcast _ -> 2e-6 * Math.max(1, Math.abs(expected));
      case Spec.Windows _, Spec.PoolWindows _ -> 2e-5 * Math.max(1, largest);
      default -> 2e-5 * largest;
    };
  }

  private static void occlusion(Device device, Draws draws, String problem) {
    MapShape map =
        MapShape.dense(draws.of(1, 5), 1, draws.of(1, 20), draws.of(1, 20), draws.of(1, 4));
    List<Rectangle> rectangles = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      int top = draws.of(0, map.h());
      int left = draws.of(0, map.w());
      rectangles.add(new Rectangle(top, left, draws.of(top, map.h()), draws.of(left, map.w())));
    }
    List<Float> fill = new ArrayList<>();
    for (float f : draws.values(map.c())) {
      fill.add(f);
    }
    var spec = new OcclusionSpec(map, rectangles, fill);
    int size = map.h() * map.w() * map.c();
    try (var occluder = device.prepare(spec)) {
      for (int round = 0; round < 2; round++) {
        float[][] operands = {draws.values(size), draws.values((long) size * map.n())};
        try (var memory = new Guarded(device, operands)) {
          occluder.start(memory.parts.getFirst(), memory.parts.getLast());
          for (int pass = 0; pass < 5; pass++) {
            int count = draws.of(1, map.n());
            int first = draws.of(0, rectangles.size() - count);
            occluder.occlude(first, count);
            float[] actual = memory.read(1, problem);
            for (int i = 0; i < count; i++) {
              float[] expected = occluded(operands[0], spec, first + i);
              assertEquals(
                  -1,
                  Arrays.mismatch(expected, Arrays.copyOfRange(actual, i * size, (i + 1) * size)),
                  problem);
            }
          }
          assertEquals(-1, Arrays.mismatch(operands[0], memory.read(0, problem)), problem);
        }
      }
    }
  }

  private static float[] occluded(float[] picture, OcclusionSpec spec, int position) {
    float[] x = picture.clone();
    Rectangle r = spec.rectangles().get(position);
    MapShape m = spec.map();
    for (int row = r.top(); row < r.bottom(); row++) {
      for (int column = r.left(); column < r.right(); column++) {
        for (int c = 0; c < m.c(); c++) {
          x[(row * m.w() + column) * m.c() + c] = spec.fill().get(c);
        }
      }
    }
    return x;
  }

  /** Operands on the device between guards. */
  private static final class Guarded implements AutoCloseable {
    private final Device device;
    private final List<Buffer> wholes = new ArrayList<>();
    private final List<Buffer> parts = new ArrayList<>();

    Guarded(Device device, float[][] operands) {
      this.device = device;
      for (float[] o : operands) {
        Buffer whole = device.allocate(o.length + 2L * GUARD);
        wholes.add(whole);
        parts.add(whole.slice(GUARD, o.length));
        float[] all = new float[o.length + 2 * GUARD];
        Arrays.fill(all, GUARD_VALUE);
        System.arraycopy(o, 0, all, GUARD, o.length);
        try (var t = Tensor.of(Shape.of(all.length), all)) {
          device.upload(t, 0, all.length, whole);
        }
      }
    }

    /** An operand's elements; fails if a guard is touched. */
    float[] read(int operand, String problem) {
      Buffer whole = wholes.get(operand);
      try (var t = Tensor.zeros(Shape.of(whole.size()))) {
        device.download(whole, whole.size(), t, 0);
        float[] all = t.toArray();
        for (int g = 0; g < GUARD; g++) {
          assertEquals(GUARD_VALUE, all[g], problem);
          assertEquals(GUARD_VALUE, all[all.length - 1 - g], problem);
        }
        return Arrays.copyOfRange(all, GUARD, all.length - GUARD);
      }
    }

    @Override
    public void close() {
      wholes.forEach(Buffer::close);
    }
  }
}
