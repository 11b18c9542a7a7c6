package io.convlens.bench.roofline;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel has to do for an operation: the terms of the bound that its file states.
 *
 * @param kernel the file in {@code cuda-kernels}, without its ending
 * @param flops additions and multiplications of sums of products; 0 where memory alone bounds
 * @param bytes what must be read and written, each element once
 */
record Work(String kernel, double flops, double bytes) {
  /** Rows up to which {@code matmul.cu} gives a column to a warp. */
  private static final int FEW_ROWS = 8;

  /** Channels a group from which {@code conv.cu} takes tiles. */
  private static final int TILE_GROUP = 16;

  /** The least time, in seconds. */
  double seconds(Gpu gpu) {
    return Math.max(flops / gpu.flops(), bytes / gpu.bytes());
  }

  /** Whether memory is what it waits for. */
  boolean isBoundByMemory(Gpu gpu) {
    return bytes / gpu.bytes() > flops / gpu.flops();
  }

  static Work of(Spec spec) {
    return switch (spec) {
      case Spec.Conv s -> conv(s);
      case Spec.ConvTranspose s -> convTranspose(s);
      case Spec.MatMul s -> matMul(s);
      case Spec.Pool s -> elements("pool", read(s.src(), s.dst(), s.window()) + size(s.dst()));
      case Spec.Lrn s -> elements("lrn", size(s.src()) + size(s.dst()));
      case Spec.ChannelAffine s ->
          elements("affine", size(s.src()) + size(s.dst()) * (1 + adds(s.posts())));
      case Spec.GroupNorm s -> elements("group_norm", size(s.src()) + size(s.dst()));
      case Spec.LayerNorm s -> elements("layer_norm", 2.0 * s.rows() * s.columns());
      case Spec.Pointwise s -> elements("affine", size(s.src()) + size(s.dst()));
      case Spec.Broadcast s ->
          elements(
              "broadcast",
              product(s.dims())
                  + distinct(s.dims(), s.strideA())
                  + distinct(s.dims(), s.strideB()));
      case Spec.Copy s -> elements("copy", 2 * product(s.dims()));
      case Spec.Interpolate s ->
          elements(
              "interpolate", (double) s.outer() * s.inner() * (s.length() + s.indices().size()));
      case Spec.Softmax s -> elements("softmax", 2.0 * s.outer() * s.length() * s.inner());
      case Spec.Reduce s -> elements("reduce", product(s.dims()));
      case Spec.ActivationGradient s -> elements("activation_gradient", 3 * product(s.dims()));
      case Spec.PoolGradient s ->
          elements("pool_gradient", size(s.gradient()) + size(s.x()) + size(s.dst()));
      case Spec.MapFigures s ->
          elements(
              "map_figures",
              size(s.src()) + (double) s.src().n() * s.src().c() * s.figures().count());
      case Spec.MapRank s ->
          elements(
              "map_rank", size(s.src()) + (double) s.src().n() * s.src().c() * Spec.MapRank.COUNT);
      case Spec.Neighbours s -> neighbours(s);
      case Spec.Repulsion s ->
          new Work("repulsion", 20.0 * s.points() * s.points(), 5.0 * Float.BYTES * s.points());
      case Spec.Attraction s -> elements("attraction", 2.0 * s.others().length + 5.0 * s.points());
      case Spec.Descent s -> elements("descent", 21.0 * s.points());
      case Spec.Patches s -> elements("patches", seen(s.picture(), s.dst()) + size(s.dst()));
      case Spec.Windows s ->
          elements(
              "change",
              s.sources().stream().mapToDouble(from -> size(from.map())).sum()
                  + (s.result() == Spec.Windowed.CHANGE ? 0 : seen(s.map(), s.dst()))
                  + size(s.dst()));
      case Spec.PoolWindows s ->
          elements(
              "pool_change",
              size(s.src())
                  + Math.min(size(s.base()), size(s.dst()) * taps(s.window()))
                  + seen(s.pooled(), s.dst())
                  + size(s.dst()));
    };
  }

  /** A batch of occluded pictures: {@code [count, h, w, c]}. */
  static Work occlude(MapShape batch) {
    return elements("occlude", size(batch));
  }

  /** One probability of each row of logits. */
  static Work scores(long rows, long classes) {
    return elements("scores", rows * (classes + 1.0));
  }

  private static Work conv(Spec.Conv s) {
    double products = size(s.dst()) * taps(s.window()) * s.src().c() / s.groups();
    double moved =
        read(s.src(), s.dst(), s.window())
            + constants(s.weights(), s.bias())
            + size(s.dst()) * (1 + adds(s.posts()));
    return new Work(convKernel(s.dst().c(), s.groups()), 2 * products, Float.BYTES * moved);
  }

  private static Work convTranspose(Spec.ConvTranspose s) {
    double products = size(s.src()) * taps(s.window()) * s.dst().c() / s.groups();
    double moved =
        size(s.src()) + constants(s.weights(), s.bias()) + size(s.dst()) * (1 + adds(s.posts()));
    return new Work(convKernel(s.dst().c(), s.groups()), 2 * products, Float.BYTES * moved);
  }

  private static String convKernel(int channels, int groups) {
    return groups == 1 || channels / groups >= TILE_GROUP ? "conv_gemm" : "conv_direct";
  }

  private static Work matMul(Spec.MatMul s) {
    double out = (double) s.batch() * s.rows() * s.columns();
    double moved =
        (double) s.batchA() * s.rows() * s.inner()
            + (double) s.batchB() * s.inner() * s.columns()
            + out * (1 + adds(s.posts()));
    boolean few = s.weights() != null && s.rows() <= FEW_ROWS;
    return new Work(
        few ? "matmul_few_rows" : "matmul_tiles", 2 * out * s.inner(), Float.BYTES * moved);
  }

  private static Work neighbours(Spec.Neighbours s) {
    double distances = (double) s.rows() * s.points();
    double moved = (double) s.dimensions() * s.points() + distances + 2.0 * s.rows() * s.k();
    return new Work("neighbours", 4 * distances * s.dimensions(), Float.BYTES * moved);
  }

  private static Work elements(String kernel, double moved) {
    return new Work(kernel, 0, Float.BYTES * moved);
  }

  private static double size(MapShape map) {
    return (double) map.places() * map.c();
  }

  /** Elements of one map that windows of it read at most: a few windows don't see all of it. */
  private static double seen(MapShape whole, MapShape windows) {
    return Math.min(size(whole), size(windows));
  }

  private static double taps(Window3 window) {
    Window3.Axes k = window.kernel();
    return (double) k.d() * k.h() * k.w();
  }

  private static long adds(List<Post> posts) {
    return posts.stream().filter(Post.Add.class::isInstance).count();
  }

  private static double constants(Tensor weights, @Nullable Tensor bias) {
    return weights.size() + (bias == null ? 0 : bias.size());
  }

  /** Elements of src that some window reads: with strides larger than windows, not all. */
  private static double read(MapShape src, MapShape dst, Window3 window) {
    int[] from = {src.d(), src.h(), src.w()};
    int[] to = {dst.d(), dst.h(), dst.w()};
    double places = src.n();
    for (int axis = 0; axis < from.length; axis++) {
      places *= read(from[axis], to[axis], window, axis);
    }
    return places * src.c();
  }

  private static long read(int extent, int outputs, Window3 window, int axis) {
    return IntStream.range(0, outputs)
        .map(o -> o * window.stride().get(axis) - window.padBegin().get(axis))
        .flatMap(
            first ->
                IntStream.range(0, window.kernel().get(axis))
                    .map(k -> first + k * window.dilation().get(axis)))
        .filter(element -> element >= 0 && element < extent)
        .distinct()
        .count();
  }

  private static double product(List<Long> dims) {
    return dims.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
  }

  /** Elements of an operand that repeats along axes of stride 0. */
  private static double distinct(List<Long> dims, List<Long> strides) {
    return IntStream.range(0, dims.size())
        .filter(axis -> strides.get(axis) != 0)
        .mapToDouble(dims::get)
        .reduce(1, (a, b) -> a * b);
  }
}
