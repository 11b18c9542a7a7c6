package io.convlens.device.cpu;

import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3.Axes;
import io.convlens.device.cpu.plain.WinogradInput;
import io.convlens.device.cpu.plain.WinogradOutput;
import io.convlens.device.cpu.plain.WinogradTiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * 3x3 convolutions with stride 1 by minimal filtering F(2x2, 3x3): 16 products of matrices in place
 * of 36. Some rows of tiles at a time are transformed, multiplied by oneDNN and transformed back,
 * so that what lies between stays in the cache. Its sums are shorter, and its errors 0.6 of the
 * plain convolution's (root mean square against double precision, five shapes of usual networks);
 * larger tiles would lose digits.
 */
final class Winograd {
  private static final Axes KERNEL = new Axes(1, 3, 3);
  private static final Axes ONES = new Axes(1, 1, 1);
  private static final int SIDE = 3;
  private static final int TAPS = SIDE * SIDE;

  /** Both sides of the products of so many stay in a second-level cache of 1 MiB. */
  private static final int TILES_A_STRIP = 128;

  /*
   * Times in multiply-adds, fitted to 30 shapes of the usual networks on one core with AVX-512:
   * transforming a channel of a tile, getting one back and writing its products, reading a weight.
   */
  private static final double MACS_AN_INPUT = 232;
  private static final double MACS_AN_OUTPUT = 363;
  private static final double MACS_A_WEIGHT = 10;

  /** Copying an element between a run of channels and a dense map, as the plain one has to. */
  private static final double MACS_A_COPY = 6;

  private static final double LEAST_GAIN = 1.05;

  /** Handing a strip from Java's threads to oneDNN's and back, where there are several: 150 µs. */
  private static final double MACS_A_HANDOVER = 8.7e6;

  private final KernelPlan plan;
  private final Spec.Conv spec;
  private final boolean mirrored;
  private final WinogradTiles tiles;
  private final int inputs;
  private final int outputs;

  private Winograd(KernelPlan plan, Spec.Conv spec, boolean mirrored) {
    this.plan = plan;
    this.spec = spec;
    this.mirrored = mirrored;
    this.tiles = WinogradTiles.of(spec.src(), spec.dst(), spec.window());
    this.inputs = spec.src().c();
    this.outputs = spec.dst().c();
  }

  /**
   * Whether a convolution can be done so and is quicker for it, by a count of what takes the time
   * of a multiply-add. Few channels spend more on the transforms than they save; few tiles more on
   * reading the transformed weights, which are larger.
   */
  static boolean suits(Spec.Conv s, int threads) {
    if (s.groups() != 1
        || !s.window().kernel().equals(KERNEL)
        || !s.window().stride().equals(ONES)
        || !s.window().dilation().equals(ONES)
        || s.src().d() != 1
        || s.dst().span() == 0) {
      return false;
    }
    WinogradTiles tiles = WinogradTiles.of(s.src(), s.dst(), s.window());
    double places = (double) tiles.rows() * tiles.columns();
    double filters = (double) s.src().c() * s.dst().c();
    double strips = Math.max(1, Math.floor(places / TILES_A_STRIP / threads));
    double here =
        filters * WinogradTiles.POINTS * (places + strips * MACS_A_WEIGHT)
            + places * (MACS_AN_INPUT * s.src().c() + MACS_AN_OUTPUT * s.dst().c())
            + (threads == 1 ? 0 : threads * strips * MACS_A_HANDOVER);
    double taps =
        (double) s.dst().n()
            * taps(s.src().h(), s.dst().h(), s.window().padBegin().h())
            * taps(s.src().w(), s.dst().w(), s.window().padBegin().w());
    double copied =
        (s.src().isDense() ? 0.0 : (double) s.src().places() * s.src().c())
            + (s.dst().isDense() ? 0.0 : (double) s.dst().places() * s.dst().c());
    double plain = filters * (taps + TAPS * MACS_A_WEIGHT) + copied * MACS_A_COPY;
    return here * LEAST_GAIN < plain;
  }

  /** How many taps of all outputs along an axis meet an input: oneDNN leaves the others out. */
  private static int taps(int inputs, int outputs, int padBegin) {
    int taps = 0;
    for (int tap = 0; tap < SIDE; tap++) {
      int first = Math.max(0, padBegin - tap);
      int end = Math.min(outputs, inputs + padBegin - tap);
      taps += Math.max(0, end - first);
    }
    return taps;
  }

  /**
   * Plans what {@link #suits}.
   *
   * @param mirrored whether the weights are a transposed convolution's
   */
  static void plan(KernelPlan plan, Spec.Conv spec, boolean mirrored) {
    new Winograd(plan, spec, mirrored).plan();
  }

  private void plan() {
    Place.Operand src = plan.operand(spec.src().span());
    var outOperands = new ArrayList<Place>();
    int strip = rowsAStrip();
    long row = (long) WinogradTiles.POINTS * tiles.columns() * Float.BYTES;
    Place transformed = plan.scratch(strip * row * inputs);
    Place products = plan.scratch(strip * row * outputs);
    outOperands.add(products);
    for (Post p : spec.posts()) {
      if (p instanceof Post.Add(int pitch)) {
        outOperands.add(plan.operand(Maps.withPitch(spec.dst(), pitch).span()));
      }
    }
    outOperands.add(plan.operand(spec.dst().span()));
    float[] bias = spec.bias() == null ? null : spec.bias().toArray();
    Map<Integer, Stage> multiply = new HashMap<>();
    for (int first = 0; first < tiles.rows(); first += strip) {
      int rows = Math.min(strip, tiles.rows() - first);
      plan.add(new WinogradInput(tiles, first, rows), src, transformed);
      plan.add(multiply.computeIfAbsent(rows, r -> product(r, transformed, products)));
      plan.add(
          new WinogradOutput(tiles, first, rows, bias, spec.posts()),
          outOperands.toArray(Place[]::new));
    }
  }

  /** How many rows of tiles go at once: strips as even as can be. */
  private int rowsAStrip() {
    long tilesAtOnce = (long) TILES_A_STRIP * plan.device().info().threads();
    long strips = Math.max(1, (long) tiles.rows() * tiles.columns() / tilesAtOnce);
    return (int) ((tiles.rows() + strips - 1) / strips);
  }

  /** The 16 products for so many rows of tiles. */
  private Stage product(int rows, Place transformed, Place products) {
    DnnlScope scope = plan.scope();
    int places = rows * tiles.columns();
    long src = matrices(places, inputs);
    long dst = matrices(places, outputs);
    long any = scope.descAny(Dnnl.F32, new long[] {WinogradTiles.POINTS, inputs, outputs});
    long attr = scope.attr(0);
    long description =
        plan.describe(
                "matmul_primitive_desc_create",
                o -> Dnnl.Operation.matmul(o, plan.device().engine(), src, any, 0, dst, attr))
            .orElseThrow(() -> plan.unsupported("no matrix product"));
    long packed = Dnnl.queryDesc(description, Dnnl.QUERY_WEIGHTS, 0);
    Place weights =
        plan.packed(
            spec.weights(), new WeightMaking.Winograd(mirrored), matrices(inputs, outputs), packed);
    return plan.stage(
        description,
        List.of(
            new PrimitiveStage.Argument(Dnnl.ARG_SRC, src, transformed),
            new PrimitiveStage.Argument(Dnnl.ARG_WEIGHTS, packed, weights),
            new PrimitiveStage.Argument(Dnnl.ARG_DST, dst, products)));
  }

  private long matrices(long rows, long columns) {
    return plan.scope()
        .desc(
            new long[] {WinogradTiles.POINTS, rows, columns},
            new long[] {rows * columns, columns, 1});
  }
}
