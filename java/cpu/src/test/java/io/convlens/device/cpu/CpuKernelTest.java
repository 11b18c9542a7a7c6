package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.convlens.device.Buffer;
import io.convlens.device.DeviceOptions;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Node.PoolKind;
import io.convlens.graph.Node.ReduceKind;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random problems of every kind against {@link Slow}, with guard values around each operand. A
 * failure prints its seed and problem; {@code -Dconvlens.seed=N} runs that one alone.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuKernelTest {
  private static final int GUARD = 37;
  private static final float GUARD_VALUE = -12345.678f;
  private static final int CASES = Integer.getInteger("convlens.cases", 150);

  private final List<Tensor> constants = new ArrayList<>();
  private CpuDevice device;
  private long before;

  @BeforeAll
  void open() {
    before = CpuDevice.live();
    device = (CpuDevice) new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
  }

  @AfterAll
  void close() {
    device.close();
    constants.forEach(Tensor::close);
    assertEquals(before, CpuDevice.live(), "native objects left");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv",
        "deconv",
        "pool",
        "matmul",
        "lrn",
        "affine",
        "pointwise",
        "softmax",
        "copy"
      })
  void matchesTheSlowLoops(String kind) {
    Integer only = Integer.getInteger("convlens.seed");
    for (int seed = only == null ? 0 : only; seed < (only == null ? CASES : only + 1); seed++) {
      check(kind, seed);
    }
  }

  private void check(String kind, int seed) {
    var random = new Random(seed * 31L + kind.hashCode());
    Spec spec = draw(kind, random);
    String problem = kind + " seed " + seed + ": " + Problem.of(spec);
    float[][] operands = operands(spec, random);
    float[][] expected = new float[operands.length][];
    for (int i = 0; i < operands.length; i++) {
      expected[i] = operands[i].clone();
    }
    Slow.run(spec, expected);
    float[][] actual = run(spec, operands, problem);
    for (int i = 0; i < operands.length; i++) {
      compare(expected[i], actual[i], tolerance(spec), problem + ", operand " + i);
    }
  }

  private static double tolerance(Spec spec) {
    return spec instanceof Spec.Pointwise ? 2e-6 : 2e-5;
  }

  private static void compare(float[] expected, float[] actual, double tolerance, String problem) {
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]);
      if (!(error <= tolerance * Math.max(1, Math.abs(expected[i])))
          && Float.compare(expected[i], actual[i]) != 0) {
        fail(problem + ": element " + i + " is " + actual[i] + ", should be " + expected[i]);
      }
    }
  }

  /** Runs twice, from operands between guards; fails if a guard or the second result differs. */
  private float[][] run(Spec spec, float[][] operands, String problem) {
    var buffers = new ArrayList<Buffer>();
    var whole = new ArrayList<Buffer>();
    float[][] results = new float[operands.length][];
    try (var kernel = device.prepare(spec)) {
      for (float[] o : operands) {
        Buffer all = device.allocate(o.length + 2L * GUARD);
        whole.add(all);
        write(all, guarded(o));
        buffers.add(all.slice(GUARD, o.length));
      }
      var launch = kernel.bind(buffers.toArray(Buffer[]::new));
      launch.run();
      launch.run();
      for (int i = 0; i < operands.length; i++) {
        float[] all = read(whole.get(i));
        for (int g = 0; g < GUARD; g++) {
          assertEquals(GUARD_VALUE, all[g], problem);
          assertEquals(GUARD_VALUE, all[all.length - 1 - g], problem);
        }
        results[i] = Arrays.copyOfRange(all, GUARD, all.length - GUARD);
      }
    } finally {
      whole.forEach(Buffer::close);
    }
    return results;
  }

  private static float[] guarded(float[] values) {
    float[] all = new float[values.length + 2 * GUARD];
    Arrays.fill(all, GUARD_VALUE);
    System.arraycopy(values, 0, all, GUARD, values.length);
    return all;
  }

  private void write(Buffer buffer, float[] values) {
    try (var t = Tensor.of(Shape.of(values.length), values)) {
      device.upload(t, 0, values.length, buffer);
    }
  }

  private float[] read(Buffer buffer) {
    try (var t = Tensor.zeros(Shape.of(buffer.size()))) {
      device.download(buffer, buffer.size(), t, 0);
      return t.toArray();
    }
  }

  private static float[][] operands(Spec spec, Random random) {
    List<Long> sizes =
        switch (spec) {
          case Spec.Conv s -> sizes(s.src().span(), s.posts(), s.dst());
          case Spec.ConvTranspose s -> sizes(s.src().span(), s.posts(), s.dst());
          case Spec.Pool s -> sizes(s.src().span(), List.of(), s.dst());
          case Spec.Lrn s -> sizes(s.src().span(), List.of(), s.dst());
          case Spec.ChannelAffine s -> sizes(s.src().span(), s.posts(), s.dst());
          case Spec.Pointwise s -> sizes(s.src().span(), List.of(), s.dst());
          case Spec.Softmax s ->
              List.of(s.outer() * s.length() * s.inner(), s.outer() * s.length() * s.inner());
          case Spec.MatMul s -> matMulSizes(s);
          case Spec.Reduce s ->
              List.of(
                  Relayout.span(s.dims(), s.strideSrc()), Relayout.span(s.dims(), s.strideDst()));
          case Spec.Copy s ->
              List.of(
                  Relayout.span(s.dims(), s.strideSrc()), Relayout.span(s.dims(), s.strideDst()));
          default -> throw new IllegalArgumentException(spec.toString());
        };
    float[][] operands = new float[sizes.size()][];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = values(sizes.get(i), random);
    }
    return operands;
  }

  private static List<Long> matMulSizes(Spec.MatMul s) {
    var all = new ArrayList<Long>();
    all.add((long) s.batchA() * s.rows() * s.inner());
    if (s.weights() == null) {
      all.add((long) s.batchB() * s.inner() * s.columns());
    }
    MapShape dst = MapShape.dense(s.batch(), 1, 1, s.rows(), s.columns());
    List<Long> rest = sizes(0, s.posts(), dst);
    all.addAll(rest.subList(1, rest.size()));
    return all;
  }

  private static List<Long> sizes(long src, List<Post> posts, MapShape dst) {
    var all = new ArrayList<Long>();
    all.add(src);
    for (Post p : posts) {
      if (p instanceof Post.Add(int pitch)) {
        all.add(new MapShape(dst.n(), dst.d(), dst.h(), dst.w(), dst.c(), pitch).span());
      }
    }
    all.add(dst.span());
    return all;
  }

  private static float[] values(long count, Random random) {
    float[] v = new float[(int) count];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextGaussian();
    }
    return v;
  }

  private Tensor tensor(Random random, double scale, long... dims) {
    Shape shape = Shape.of(dims);
    float[] v = values(shape.size(), random);
    for (int i = 0; i < v.length; i++) {
      v[i] *= (float) scale;
    }
    Tensor t = Tensor.of(shape, v);
    constants.add(t);
    return t;
  }

  // --- drawing problems ---

  private Spec draw(String kind, Random r) {
    return switch (kind) {
      case "conv" -> conv(r, false);
      case "deconv" -> conv(r, true);
      case "pool" -> pool(r);
      case "matmul" -> matMul(r);
      case "lrn" -> {
        MapShape src = map(r, 1 + r.nextInt(3), 1, 1 + r.nextInt(6), 1 + r.nextInt(6), channels(r));
        yield new Spec.Lrn(
            src,
            repitched(r, src),
            1 + r.nextInt(9),
            r.nextFloat(),
            r.nextBoolean() ? 0.75f : 0.1f + r.nextFloat(),
            0.5f + r.nextFloat());
      }
      case "affine" -> {
        MapShape src = map(r, 1 + r.nextInt(3), 1, 1 + r.nextInt(6), 1 + r.nextInt(6), channels(r));
        MapShape dst = repitched(r, src);
        yield new Spec.ChannelAffine(
            src, dst, tensor(r, 1, src.c()), tensor(r, 1, src.c()), posts(r, dst));
      }
      case "pointwise" -> {
        MapShape src = map(r, 1 + r.nextInt(3), 1, 1 + r.nextInt(6), 1 + r.nextInt(6), channels(r));
        yield new Spec.Pointwise(src, repitched(r, src), List.of(activation(r)));
      }
      case "softmax" ->
          new Spec.Softmax(
              1 + r.nextInt(5),
              1 + r.nextInt(40),
              r.nextBoolean() ? 1 : 1 + r.nextInt(20),
              r.nextBoolean());
      case "copy" -> copy(r);
      case "mean" -> {
        MapShape m = map(r, 1 + r.nextInt(3), 1, 1, 1 + r.nextInt(200), channels(r));
        long pitch = m.pitch();
        yield new Spec.Reduce(
            r.nextBoolean() ? ReduceKind.MEAN : ReduceKind.MAX,
            List.of((long) m.n(), (long) m.w(), (long) m.c()),
            List.of(false, true, false),
            List.of(pitch * m.w(), pitch, 1L),
            List.of(m.c() + (long) r.nextInt(3), 0L, 1L));
      }
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static int channels(Random r) {
    return switch (r.nextInt(4)) {
      case 0 -> 1 + r.nextInt(8);
      case 1 -> 16 * (1 + r.nextInt(4));
      case 2 -> 8 * (1 + r.nextInt(8));
      default -> 1 + r.nextInt(70);
    };
  }

  private static MapShape map(Random r, int n, int d, int h, int w, int c) {
    return new MapShape(n, d, h, w, c, r.nextInt(3) == 0 ? c + 1 + r.nextInt(40) : c);
  }

  private static MapShape repitched(Random r, MapShape m) {
    return map(r, m.n(), m.d(), m.h(), m.w(), m.c());
  }

  private Spec conv(Random r, boolean transposed) {
    int rank = 1 + r.nextInt(3);
    int groups = r.nextInt(3) == 0 ? 1 + r.nextInt(5) : 1;
    boolean depthwise = r.nextInt(4) == 0;
    int ic = depthwise ? channels(r) : groups * (1 + channels(r) / groups);
    int oc = depthwise ? ic : groups * (1 + channels(r) / groups);
    int g = depthwise ? ic : groups;
    int n = 1 + r.nextInt(4);
    int[] k = {1, 1, 1};
    int[] s = {1, 1, 1};
    int[] d = {1, 1, 1};
    int[] begin = {0, 0, 0};
    int[] end = {0, 0, 0};
    int[] large = {1, 1, 1};
    int[] small = {1, 1, 1};
    for (int a = 3 - rank; a < 3; a++) {
      k[a] = 1 + r.nextInt(5);
      s[a] = 1 + r.nextInt(3);
      d[a] = r.nextInt(4) == 0 ? 1 + r.nextInt(2) : 1;
      int reach = d[a] * (k[a] - 1) + 1;
      large[a] = 1 + r.nextInt(rank == 3 ? 5 : 9);
      begin[a] = r.nextInt(k[a] + 1);
      int least = Math.max(0, reach - large[a] - begin[a]);
      int room = large[a] + begin[a] + least + r.nextInt(k[a] + 1) - reach;
      small[a] = room / s[a] + 1;
      // Exactly what reaches the last output: negative where the last inputs are not read.
      int exact = (small[a] - 1) * s[a] + reach - large[a] - begin[a];
      end[a] = exact + (r.nextBoolean() ? r.nextInt(s[a]) : 0);
    }
    var window = new Window3(axes(k), axes(s), axes(d), axes(begin), axes(end));
    MapShape in =
        transposed
            ? map(r, n, small[0], small[1], small[2], ic)
            : map(r, n, large[0], large[1], large[2], ic);
    MapShape out =
        transposed
            ? map(r, n, large[0], large[1], large[2], oc)
            : map(r, n, small[0], small[1], small[2], oc);
    long[] dims = new long[2 + rank];
    dims[0] = transposed ? ic : oc;
    dims[1] = (transposed ? oc : ic) / g;
    for (int a = 0; a < rank; a++) {
      dims[2 + a] = k[3 - rank + a];
    }
    Tensor weights = tensor(r, 1 / Math.sqrt((double) ic / g * k[0] * k[1] * k[2]), dims);
    Tensor bias = r.nextBoolean() ? tensor(r, 1, oc) : null;
    List<Post> posts = posts(r, out);
    return transposed
        ? new Spec.ConvTranspose(in, out, window, g, weights, bias, posts)
        : new Spec.Conv(in, out, window, g, weights, bias, posts);
  }

  private static Axes axes(int[] a) {
    return new Axes(a[0], a[1], a[2]);
  }

  private static List<Post> posts(Random r, MapShape dst) {
    var posts = new ArrayList<Post>();
    int n = r.nextInt(3);
    for (int i = 0; i < n; i++) {
      posts.add(
          switch (r.nextInt(4)) {
            case 0 -> new Post.Add(dst.pitch());
            case 1 -> new Post.Add(dst.c() + r.nextInt(9));
            case 2 -> new Post.Act(new Activation.Relu());
            default -> new Post.Act(activation(r));
          });
    }
    return posts;
  }

  private static Activation activation(Random r) {
    float a = 0.1f + r.nextFloat();
    return switch (r.nextInt(22)) {
      case 0 -> new Activation.Relu();
      case 1 -> new Activation.LeakyRelu(a);
      case 2 -> new Activation.Elu(a);
      case 3 -> new Activation.Selu(1.67f, 1.05f);
      case 4 -> new Activation.Celu(a);
      case 5 -> new Activation.ThresholdedRelu(a);
      case 6 -> new Activation.Clip(-a, a);
      case 7 -> new Activation.Clip(Float.NEGATIVE_INFINITY, a);
      case 8 -> new Activation.Sigmoid();
      case 9 -> new Activation.HardSigmoid(a, 0.5f);
      case 10 -> new Activation.HardSwish();
      case 11 -> new Activation.Swish(a);
      case 12 -> new Activation.Mish();
      case 13 -> new Activation.Gelu(false);
      case 14 -> new Activation.Gelu(true);
      case 15 -> new Activation.Softplus();
      case 16 -> new Activation.Softsign();
      case 17 -> new Activation.Affine(a, 0.3f);
      case 18 -> new Activation.Power(2);
      default -> {
        // No function here that turns small differences into large ones.
        var f =
            List.of(
                Activation.Function.TANH,
                Activation.Function.ERF,
                Activation.Function.ABS,
                Activation.Function.SIN);
        yield new Activation.Elementary(f.get(r.nextInt(f.size())));
      }
    };
  }

  private static Spec pool(Random r) {
    int rank = 1 + r.nextInt(3);
    int[] k = {1, 1, 1};
    int[] s = {1, 1, 1};
    int[] d = {1, 1, 1};
    int[] begin = {0, 0, 0};
    int[] end = {0, 0, 0};
    int[] file = {0, 0, 0};
    int[] in = {1, 1, 1};
    int[] out = {1, 1, 1};
    for (int a = 3 - rank; a < 3; a++) {
      k[a] = 1 + r.nextInt(4);
      s[a] = 1 + r.nextInt(3);
      d[a] = r.nextInt(8) == 0 ? 2 : 1;
      int reach = d[a] * (k[a] - 1) + 1;
      in[a] = reach + r.nextInt(6);
      begin[a] = r.nextInt((reach + 1) / 2);
      file[a] = r.nextInt((reach + 1) / 2);
      int room = in[a] + begin[a] + file[a] - reach;
      boolean ceil = r.nextBoolean();
      out[a] = (ceil ? (room + s[a] - 1) / s[a] : room / s[a]) + 1;
      if ((out[a] - 1) * s[a] >= in[a] + begin[a]) {
        out[a]--;
      }
      end[a] = (out[a] - 1) * s[a] + reach - in[a] - begin[a];
    }
    int n = 1 + r.nextInt(3);
    int c = channels(r);
    return new Spec.Pool(
        map(r, n, in[0], in[1], in[2], c),
        map(r, n, out[0], out[1], out[2], c),
        List.of(PoolKind.values()).get(r.nextInt(4)),
        new Window3(axes(k), axes(s), axes(d), axes(begin), axes(end)),
        axes(file),
        1 + r.nextInt(3));
  }

  /** A permuted copy between arrays with gaps. */
  private static Spec copy(Random r) {
    int rank = 1 + r.nextInt(5);
    var dims = new ArrayList<Long>();
    var order = new ArrayList<Integer>();
    for (int i = 0; i < rank; i++) {
      dims.add(1L + r.nextInt(i == 0 ? 20 : 6));
      order.add(i);
    }
    List<Long> src = strides(dims, order, r);
    Collections.shuffle(order, r);
    return new Spec.Copy(dims, Collections.nCopies(rank, null), src, strides(dims, order, r), 0);
  }

  /** Strides of an array whose axes lie in this order, some with gaps. */
  private static List<Long> strides(List<Long> dims, List<Integer> order, Random r) {
    var strides = new ArrayList<>(Collections.nCopies(dims.size(), 0L));
    long stride = r.nextInt(4) == 0 ? 1 + r.nextInt(3) : 1;
    for (int axis : order.reversed()) {
      strides.set(axis, stride);
      stride = stride * dims.get(axis) + (r.nextInt(3) == 0 ? r.nextInt(20) : 0);
    }
    return strides;
  }

  private Spec matMul(Random r) {
    boolean constant = r.nextBoolean();
    int batch = constant ? 1 : 1 + r.nextInt(4);
    int shared = r.nextInt(3);
    int rows = 1 + r.nextInt(20);
    int inner = 1 + r.nextInt(70);
    int columns = 1 + r.nextInt(70);
    return new Spec.MatMul(
        batch,
        shared == 0 ? 1 : batch,
        shared == 1 ? 1 : batch,
        rows,
        inner,
        columns,
        r.nextBoolean() ? 1 : r.nextFloat(),
        constant ? tensor(r, 1 / Math.sqrt(inner), columns, inner) : null,
        r.nextBoolean() ? tensor(r, 1, columns) : null,
        posts(r, MapShape.dense(batch, 1, 1, rows, columns)));
  }
}
