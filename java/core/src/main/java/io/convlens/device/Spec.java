package io.convlens.device;

import io.convlens.graph.Activation;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operation on physical arrays, as a device prepares it. Each names its operands in the order in
 * which {@link Kernel#bind} takes them; the last operand is what is written. Operands don't
 * overlap, except that the output may be exactly the first input where {@link #inPlace()} says so.
 *
 * <p>Constant tensors are in ONNX's layout, and may be read until the kernel is closed.
 */
public sealed interface Spec {

  /** Whether the output may be the first operand itself. */
  default boolean inPlace() {
    return false;
  }

  /** What is done to each output element, in order, before it is written. */
  sealed interface Post {
    /** An activation. */
    record Act(Activation function) implements Post {}

    /** Adds the element at the same place of an extra operand with this pitch (a residual). */
    record Add(int pitch) implements Post {}
  }

  /**
   * Convolution. Operands: src, one for each {@link Post.Add} in order, dst.
   *
   * @param weights {@code [M, C/groups, kernel...]}, with as many kernel axes as the network's
   * @param bias {@code [M]}, or none
   */
  record Conv(
      MapShape src,
      MapShape dst,
      Window3 window,
      int groups,
      Tensor weights,
      @Nullable Tensor bias,
      List<Post> posts)
      implements Spec {
    /** Copies the list. */
    public Conv {
      posts = List.copyOf(posts);
    }
  }

  /**
   * Transposed convolution, the window being that of the convolution from dst to src. Operands:
   * src, one for each {@link Post.Add} in order, dst.
   *
   * @param weights {@code [C, M/groups, kernel...]}
   * @param bias {@code [M]}, or none
   */
  record ConvTranspose(
      MapShape src,
      MapShape dst,
      Window3 window,
      int groups,
      Tensor weights,
      @Nullable Tensor bias,
      List<Post> posts)
      implements Spec {
    /** Copies the list. */
    public ConvTranspose {
      posts = List.copyOf(posts);
    }
  }

  /**
   * Pooling; taps outside the picture take no part. Operands: src, dst.
   *
   * @param filePadEnd for {@code AVERAGE_WITH_PADDING}: taps in this much padding after the last
   *     element count in the divisor, those beyond don't
   * @param p the norm's order, for {@code LP}
   */
  record Pool(
      MapShape src,
      MapShape dst,
      Node.PoolKind kind,
      Window3 window,
      Window3.Axes filePadEnd,
      int p)
      implements Spec {}

  /**
   * Products of matrices: dst = post(alpha · a·b + bias). Operands: a, b unless {@code weights} are
   * given, one for each {@link Post.Add} in order, dst. All row-major and dense: a is {@code
   * [batch, rows, inner]}, b {@code [batch, inner, columns]}, dst {@code [batch, rows, columns]};
   * an operand with batch extent 1 serves all.
   *
   * @param weights {@code [columns, inner]}: takes the place of b, transposed; then batch is 1
   * @param plain whether the weights are {@code [inner, columns]} instead, like b
   * @param bias {@code [columns]}, or none
   */
  record MatMul(
      int batch,
      int batchA,
      int batchB,
      int rows,
      int inner,
      int columns,
      float alpha,
      @Nullable Tensor weights,
      boolean plain,
      @Nullable Tensor bias,
      List<Post> posts)
      implements Spec {
    /** Copies the list. */
    public MatMul {
      posts = List.copyOf(posts);
    }

    /** Whether the second factor lies transposed. */
    public boolean turned() {
      return weights != null && !plain;
    }
  }

  /** Local response normalisation across channels, as {@link Node.Lrn}. Operands: src, dst. */
  record Lrn(MapShape src, MapShape dst, int size, float alpha, float beta, float bias)
      implements Spec {}

  /** dst = post(scale·src + shift) a channel. Operands: src, one for each Add, dst. In place. */
  record ChannelAffine(MapShape src, MapShape dst, Tensor scale, Tensor shift, List<Post> posts)
      implements Spec {
    /** Copies the list. */
    public ChannelAffine {
      posts = List.copyOf(posts);
    }

    @Override
    public boolean inPlace() {
      return true;
    }
  }

  /** Instance and group normalisation, as {@link Node.GroupNorm}. Operands: src, dst. */
  record GroupNorm(
      MapShape src, MapShape dst, int groups, float epsilon, Tensor scale, Tensor shift)
      implements Spec {}

  /**
   * Layer normalisation of rows: dense {@code [rows, columns]}. Operands: src, dst.
   *
   * @param scale {@code columns} elements
   * @param shift likewise, or none
   */
  record LayerNorm(long rows, int columns, float epsilon, Tensor scale, @Nullable Tensor shift)
      implements Spec {}

  /** Activations on each element of a map, one after another. Operands: src, dst. In place. */
  record Pointwise(MapShape src, MapShape dst, List<Activation> functions) implements Spec {
    /** Copies the list. */
    public Pointwise {
      functions = List.copyOf(functions);
    }

    @Override
    public boolean inPlace() {
      return true;
    }
  }

  /** What {@link Broadcast} computes of a and b. */
  enum Function {
    ADD,
    SUB,
    MUL,
    DIV,
    POW,
    MIN,
    MAX,
    /** a where a ≥ 0, else a·b. */
    PRELU
  }

  /**
   * A function of two arrays with broadcasting, then activations: over extents {@code dims}, the
   * element of a, b and dst at index i lies at Σ iₖ·strideₖ; stride 0 repeats. Operands: a, b, dst.
   * In place where a's strides are dst's.
   */
  record Broadcast(
      Function function,
      List<Long> dims,
      List<Long> strideA,
      List<Long> strideB,
      List<Long> strideDst,
      List<Activation> posts)
      implements Spec {
    /** Copies the lists. */
    public Broadcast {
      dims = List.copyOf(dims);
      strideA = List.copyOf(strideA);
      strideB = List.copyOf(strideB);
      strideDst = List.copyOf(strideDst);
      posts = List.copyOf(posts);
    }

    @Override
    public boolean inPlace() {
      return strideA.equals(strideDst);
    }
  }

  /**
   * A copy that picks: dst at index i of {@code dims} (place Σ iₖ·strideDstₖ) gets src at Σ
   * mapₖ[iₖ]·strideSrcₖ, or the fill where a map holds −1. A null map is the identity. Concat,
   * slice, pad, transpose, expand and change of layout are all of this form. Elements of dst
   * outside the dims stay. Operands: src, dst.
   */
  record Copy(
      List<Long> dims,
      List<int @Nullable []> maps,
      List<Long> strideSrc,
      List<Long> strideDst,
      float fill)
      implements Spec {
    /** Copies the lists. */
    public Copy {
      dims = List.copyOf(dims);
      maps = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(maps));
      strideSrc = List.copyOf(strideSrc);
      strideDst = List.copyOf(strideDst);
    }
  }

  /**
   * Interpolation along the middle axis of dense {@code [outer, length, inner]}, as {@link
   * Node.Interpolate}: dst is {@code [outer, indices.size(), inner]}. Operands: src, dst.
   */
  record Interpolate(long outer, int length, long inner, List<int[]> indices, List<float[]> weights)
      implements Spec {}

  /**
   * Softmax or its logarithm over the middle axis of dense {@code [outer, length, inner]}. In
   * place.
   */
  record Softmax(long outer, int length, long inner, boolean log) implements Spec {
    @Override
    public boolean inPlace() {
      return true;
    }
  }

  /**
   * A reduction: src has extents {@code dims} at strides {@code strideSrc}; axes with {@code
   * reduced} true vanish, the others form dst at {@code strideDst} (0 where reduced). Fixed order.
   * Operands: src, dst.
   */
  record Reduce(
      Node.ReduceKind kind,
      List<Long> dims,
      List<Boolean> reduced,
      List<Long> strideSrc,
      List<Long> strideDst)
      implements Spec {
    /** Copies the lists. */
    public Reduce {
      dims = List.copyOf(dims);
      reduced = List.copyOf(reduced);
      strideSrc = List.copyOf(strideSrc);
      strideDst = List.copyOf(strideDst);
    }
  }

  /** Which numbers {@link MapFigures} gives of a map, each with those before it. */
  enum Figures {
    /** The largest value, its place, and the largest magnitude. */
    PEAK(3),
    /** The sum, too. */
    SUM(4),
    /** And how many values are above 0, and how many are 0. */
    ACTIVITY(6);

    private final int count;

    Figures(int count) {
      this.count = count;
    }

    /** Numbers a map. */
    public int count() {
      return count;
    }
  }

  /**
   * Numbers about the map of each picture and channel, so that the map itself need not be brought
   * back. Operands: src, dst; dst is dense {@code [n, figures, c]}. In this order: the largest
   * value; the place where it stands first, as a number of d·h·w in row-major order; the largest
   * magnitude, which is infinite or no number where a value is, and then the others are anything;
   * the sum; how many values are above 0; how many are 0.
   *
   * @param src with 1 to {@link #MOST_PLACES} places a picture
   */
  record MapFigures(MapShape src, Figures figures) implements Spec {
    /** Up to here every place is a 32-bit float. */
    public static final int MOST_PLACES = 1 << 24;

    /** Checks the number of places. */
    public MapFigures {
      checkPlaces(src);
    }

    private static void checkPlaces(MapShape src) {
      long places = (long) src.d() * src.h() * src.w();
      if (places < 1 || places > MOST_PLACES) {
        throw new IllegalArgumentException(places + " places");
      }
    }
  }

  /** What {@link MapRank} puts in order. */
  enum RankOf {
    /** The values themselves. */
    VALUES,
    /** Their magnitudes. */
    MAGNITUDES
  }

  /**
   * Order statistics of the map of each picture and channel. Operands: src, dst; dst is dense
   * {@code [n, 3, c]}: the number that stands at a rank when all are put in order; the sum of that
   * one and of those after it; the sum of all. Anything where a value is no finite number.
   *
   * @param src with 1 to {@link MapFigures#MOST_PLACES} places a picture
   * @param rank from 0, the least, to places − 1, the largest
   */
  record MapRank(MapShape src, RankOf of, int rank) implements Spec {
    /** Numbers a map. */
    public static final int COUNT = 3;

    /** Checks the rank. */
    public MapRank {
      MapFigures.checkPlaces(src);
      if (rank < 0 || rank >= src.d() * src.h() * src.w()) {
        throw new IllegalArgumentException("rank " + rank + " of " + src);
      }
    }
  }

  /**
   * Where windows of a map begin, one entry a window. A window may reach outside of its map. There
   * may be more entries than the map that holds the windows has room for: each launch then takes
   * some of them, next to each other ({@link Kernel#bindWindows}).
   *
   * @param tops the first row of each
   * @param lefts the first column of each
   */
  record Corners(List<Integer> tops, List<Integer> lefts) {
    /** Copies the lists. */
    public Corners {
      tops = List.copyOf(tops);
      lefts = List.copyOf(lefts);
    }

    /** The number of windows that are listed. */
    public int count() {
      return tops.size();
    }
  }

  /**
   * How patches change a picture: fill − picture inside of each window's rectangle, 0 elsewhere.
   * Operands: picture, dst.
   *
   * @param dst the windows that a launch makes
   * @param picture one picture
   * @param rectangles in the picture's rows and columns, one a corner
   * @param fill one value a channel
   */
  record Patches(
      MapShape dst,
      Corners at,
      MapShape picture,
      List<OcclusionSpec.Rectangle> rectangles,
      List<Float> fill)
      implements Spec {
    /** Copies the lists. */
    public Patches {
      rectangles = List.copyOf(rectangles);
      fill = List.copyOf(fill);
    }
  }

  /** What {@link Windows} makes of the base b and its change d. */
  enum Windowed {
    /** d itself; there is no base operand. */
    CHANGE,
    /** f(b + d) − f(b). */
    DIFFERENCE,
    /** f(b + d). */
    VALUE
  }

  /**
   * Changes of a map in windows.
   *
   * @param map the windows, as many as {@link Windows#dst} has
   * @param channel the channel of dst that the first of these is added to
   * @param scale one factor a channel, or none
   */
  record Source(MapShape map, Corners at, int channel, @Nullable Tensor scale) {}

  /**
   * Windows of one map, put together from changes in other windows of it, one of each source a
   * window of dst: d is the sum of the sources at the same place (0 where a source does not reach),
   * b the base there, f the activations one after another. 0 at places outside of the map.
   * Operands: the sources, the base unless {@code CHANGE}, dst.
   *
   * @param map the base: one picture
   */
  record Windows(
      List<Source> sources,
      MapShape map,
      MapShape dst,
      Corners at,
      Windowed result,
      List<Activation> functions)
      implements Spec {
    /** Copies the lists. */
    public Windows {
      sources = List.copyOf(sources);
      functions = List.copyOf(functions);
    }
  }

  /**
   * Pooling of changed windows: pool(base + change) − pool(base) at the places of dst, 0 outside of
   * the pooled map. Operands: src (the changes; 0 outside of their windows), base, pooled base,
   * dst.
   *
   * @param base one picture
   * @param pooled the base after pooling
   * @param window the pooling of the whole map, as in {@link Pool}
   * @param filePadEnd as in {@link Pool}
   * @param p as in {@link Pool}
   */
  record PoolWindows(
      MapShape src,
      Corners srcAt,
      MapShape base,
      MapShape pooled,
      MapShape dst,
      Corners dstAt,
      Node.PoolKind kind,
      Window3 window,
      Window3.Axes filePadEnd,
      int p)
      implements Spec {}

  /**
   * The gradient through an activation, as {@link Node.ActivateGradient}: over extents {@code
   * dims}, the element of gradient, x and dst at index i lies at Σ iₖ·strideₖ. Operands: gradient,
   * x, dst. In place where the gradient's strides are dst's.
   */
  record ActivationGradient(
      Activation function,
      GradientRule rule,
      List<Long> dims,
      List<Long> strideGradient,
      List<Long> strideX,
      List<Long> strideDst)
      implements Spec {
    /** Copies the lists. */
    public ActivationGradient {
      dims = List.copyOf(dims);
      strideGradient = List.copyOf(strideGradient);
      strideX = List.copyOf(strideX);
      strideDst = List.copyOf(strideDst);
    }

    @Override
    public boolean inPlace() {
      return strideGradient.equals(strideDst);
    }
  }

  /**
   * The gradient through a pooling, as {@link Node.PoolGradient}. The window is that of the pooling
   * from x to the gradient's map. Operands: gradient, x, dst; dst has the extents of x.
   *
   * @param filePadEnd as in {@link Pool}
   * @param p as in {@link Pool}
   */
  record PoolGradient(
      MapShape gradient,
      MapShape x,
      MapShape dst,
      Node.PoolKind kind,
      Window3 window,
      Window3.Axes filePadEnd,
      int p)
      implements Spec {}

  /**
   * The k nearest of all others to some of a set of points, by squared Euclidean distance and,
   * where equal, by index. Operands: src, dst; src is {@code [dimensions, points]}, a coordinate
   * after the other; dst is {@code [rows, 2, k]}, distances and indices, both in the order of the
   * indices.
   *
   * @param points 2 to {@link #MOST_POINTS}
   * @param first the first of the points whose neighbours are wanted
   * @param rows how many these are
   * @param k 1 to points − 1
   */
  record Neighbours(int points, int dimensions, int first, int rows, int k) implements Spec {
    /** Up to here every index is a 32-bit float. */
    public static final int MOST_POINTS = 1 << 24;

    /** Checks the numbers. */
    public Neighbours {
      if (points < 2
          || points > MOST_POINTS
          || dimensions < 1
          || first < 0
          || rows < 1
          || rows > points - first
          || k < 1
          || k >= points) {
        throw new IllegalArgumentException(
            "%d neighbours of %d points from %d on of %d, %d coordinates"
                .formatted(k, rows, first, points, dimensions));
      }
    }
  }

  /**
   * What keeps points on a plane apart in t-SNE: with q = 1/(1 + distance²), for each point over
   * all others Σ q²·(own − other) along x and y, and Σ q. Operands: src {@code [2, points]}, all x
   * and then all y; dst {@code [3, points]}.
   */
  record Repulsion(int points) implements Spec {}

  /**
   * What draws them together: for each point Σ p·q·(other − own) along x and y, over the others
   * that it has a p with. Operands: src {@code [2, points]}, dst {@code [2, points]}.
   *
   * @param starts one a point and the end of the last: where its entries begin in the next two
   * @param others indices of points
   * @param values p, one for each of these
   */
  @SuppressWarnings("ArrayRecordComponent") // Large, read only, compared by nobody.
  record Attraction(int[] starts, int[] others, float[] values) implements Spec {
    /** Checks that every index is one. */
    public Attraction {
      boolean right =
          starts.length >= 1
              && starts[0] == 0
              && starts[starts.length - 1] == others.length
              && others.length == values.length;
      for (int i = 1; right && i < starts.length; i++) {
        right = starts[i] >= starts[i - 1];
      }
      for (int other : others) {
        right &= other >= 0 && other < starts.length - 1;
      }
      if (!right) {
        throw new IllegalArgumentException("pairs that are none");
      }
    }

    /** The number of points. */
    public int points() {
      return starts.length - 1;
    }
  }

  /**
   * A step of t-SNE. The force on a point is exaggeration·attraction + repulsion/z, z the sum of
   * all q. Where force and last step point the same way along an axis (zero counts as backwards),
   * that axis' gain grows by 0.2, else it is multiplied by 0.8 (Jacobs, 1988); the step is
   * momentum·(last step) + rate·gain·force. Then all points move so that their mean is 0. Operands:
   * state, attraction {@code [2, points]} as {@link Attraction} makes it, repulsion {@code [3,
   * points]} as {@link Repulsion} does, dst; state and dst are {@code [6, points]}: x, y, the last
   * step's x and y, the gains of x and y. In place.
   *
   * @param leastGain what a gain is at least
   * @param longest what a step is shortened to where it is longer
   */
  record Descent(
      int points, float exaggeration, float momentum, float rate, float leastGain, float longest)
      implements Spec {
    @Override
    public boolean inPlace() {
      return true;
    }
  }
}
