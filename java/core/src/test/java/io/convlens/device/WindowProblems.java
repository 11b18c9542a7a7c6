package io.convlens.device;

import io.convlens.device.Window3.Axes;
import io.convlens.graph.Node.PoolKind;
import io.convlens.tensor.Tensor;
import java.util.List;

/** Random problems of operations with a sliding window. */
final class WindowProblems {
  private final Draws draws;
  private final int rank;
  private final int[] kernel = {1, 1, 1};
  private final int[] stride = {1, 1, 1};
  private final int[] dilation = {1, 1, 1};
  private final int[] begin = {0, 0, 0};
  private final int[] end = {0, 0, 0};
  private final int[] file = {0, 0, 0};
  private final int[] large = {1, 1, 1};
  private final int[] small = {1, 1, 1};

  private WindowProblems(Draws draws, int rank) {
    this.draws = draws;
    this.rank = rank;
  }

  static Spec conv(Draws draws, boolean transposed) {
    return new WindowProblems(draws, draws.of(1, 3)).conv(transposed);
  }

  /** Three by three, stride 1, and so many channels that minimal filtering pays. */
  static Spec conv3x3(Draws draws) {
    int height = draws.of(3, 11);
    int width = draws.of(3, 11);
    int n = draws.of(1, 3);
    var begin = new Axes(0, draws.of(0, 3), draws.of(0, 3));
    var end = new Axes(0, draws.of(0, 2), draws.of(0, 2));
    MapShape src = draws.map(n, 1, height, width, draws.of(40, 90));
    MapShape dst =
        draws.map(
            n,
            1,
            height + begin.h() + end.h() - 2,
            width + begin.w() + end.w() - 2,
            draws.of(40, 90));
    var ones = new Axes(1, 1, 1);
    Tensor weights = draws.tensor(1 / Math.sqrt(9.0 * src.c()), dst.c(), src.c(), 3, 3);
    return new Spec.Conv(
        src,
        dst,
        new Window3(new Axes(1, 3, 3), ones, ones, begin, end),
        1,
        weights,
        draws.oneIn(2) ? draws.tensor(1, dst.c()) : null,
        draws.posts(dst));
  }

  /** The transposed one of a 3x3 convolution with many channels. */
  static Spec deconv3x3(Draws draws) {
    var conv = (Spec.Conv) conv3x3(draws);
    MapShape src = conv.dst();
    MapShape dst = draws.repitched(conv.src());
    return new Spec.ConvTranspose(
        src,
        dst,
        conv.window(),
        1,
        conv.weights(),
        draws.oneIn(2) ? draws.tensor(1, dst.c()) : null,
        draws.posts(dst));
  }

  /** To few channels with a stride, as the gradient of a first layer. */
  static Spec deconvPhases(Draws draws) {
    var kernel = new Axes(1, draws.of(1, 7), draws.of(1, 7));
    var stride = new Axes(1, draws.of(1, 4), draws.of(2, 4));
    var begin = new Axes(0, draws.of(0, 3), draws.of(0, 3));
    var end = new Axes(0, draws.of(0, 3), draws.of(0, 3));
    int height = draws.of(1, 20) + kernel.h();
    int width = draws.of(1, 20) + kernel.w();
    int n = draws.of(1, 3);
    MapShape dst = draws.map(n, 1, height, width, draws.of(1, 4));
    MapShape src =
        draws.map(
            n,
            1,
            (height + begin.h() + end.h() - kernel.h()) / stride.h() + 1,
            (width + begin.w() + end.w() - kernel.w()) / stride.w() + 1,
            draws.of(1, 20));
    var ones = new Axes(1, 1, 1);
    double scale = 1 / Math.sqrt((double) src.c() * kernel.h() * kernel.w());
    return new Spec.ConvTranspose(
        src,
        dst,
        new Window3(kernel, stride, ones, begin, end),
        1,
        draws.tensor(scale, src.c(), dst.c(), kernel.h(), kernel.w()),
        draws.oneIn(2) ? draws.tensor(1, dst.c()) : null,
        draws.posts(dst));
  }

  static Spec pool(Draws draws) {
    return pool(draws, draws.of(1, 3));
  }

  /** Over so many spatial axes. */
  static Spec pool(Draws draws, int rank) {
    return new WindowProblems(draws, rank).pool();
  }

  private Spec conv(boolean transposed) {
    for (int axis = 3 - rank; axis < 3; axis++) {
      convAxis(axis);
    }
    boolean depthwise = draws.oneIn(4);
    int some = draws.oneIn(3) ? draws.of(1, 5) : 1;
    int ic = depthwise ? draws.channels() : some * (1 + draws.channels() / some);
    int oc = depthwise ? ic : some * (1 + draws.channels() / some);
    int groups = depthwise ? ic : some;
    int n = draws.of(1, 4);
    MapShape src = map(n, transposed ? small : large, ic);
    MapShape dst = map(n, transposed ? large : small, oc);
    Tensor weights = weights(transposed ? ic : oc, (transposed ? oc : ic) / groups, ic / groups);
    Tensor bias = draws.oneIn(2) ? draws.tensor(1, oc) : null;
    List<Spec.Post> posts = draws.posts(dst);
    return transposed
        ? new Spec.ConvTranspose(src, dst, window(), groups, weights, bias, posts)
        : new Spec.Conv(src, dst, window(), groups, weights, bias, posts);
  }

  private void convAxis(int axis) {
    kernel[axis] = draws.of(1, 5);
    stride[axis] = draws.of(1, 3);
    dilation[axis] = draws.oneIn(4) ? draws.of(1, 2) : 1;
    large[axis] = draws.of(1, rank == 3 ? 5 : 9);
    begin[axis] = draws.of(0, kernel[axis]);
    int least = Math.max(0, reach(axis) - large[axis] - begin[axis]);
    int room = large[axis] + begin[axis] + least + draws.of(0, kernel[axis]) - reach(axis);
    small[axis] = room / stride[axis] + 1;
    // Exactly what reaches the last output: negative where the last inputs are not read.
    end[axis] = hangingOver(axis) + (draws.oneIn(2) ? draws.of(0, stride[axis] - 1) : 0);
  }

  private int reach(int axis) {
    return dilation[axis] * (kernel[axis] - 1) + 1;
  }

  private int hangingOver(int axis) {
    return (small[axis] - 1) * stride[axis] + reach(axis) - large[axis] - begin[axis];
  }

  private Tensor weights(int first, int second, int fanIn) {
    long[] dims = new long[2 + rank];
    dims[0] = first;
    dims[1] = second;
    double taps = 1;
    for (int i = 0; i < rank; i++) {
      dims[2 + i] = kernel[3 - rank + i];
      taps *= kernel[3 - rank + i];
    }
    return draws.tensor(1 / Math.sqrt(fanIn * taps), dims);
  }

  static Spec poolGradient(Draws draws) {
    var pool = (Spec.Pool) new WindowProblems(draws, draws.of(1, 3)).pool();
    return new Spec.PoolGradient(
        pool.dst(),
        pool.src(),
        draws.repitched(pool.src()),
        pool.kind(),
        pool.window(),
        pool.filePadEnd(),
        pool.p());
  }

  private Spec pool() {
    for (int axis = 3 - rank; axis < 3; axis++) {
      poolAxis(axis);
    }
    int n = draws.of(1, 3);
    int c = draws.channels();
    return new Spec.Pool(
        map(n, large, c),
        map(n, small, c),
        draws.among(List.of(PoolKind.values())),
        window(),
        axes(file),
        draws.of(1, 3));
  }

  private void poolAxis(int axis) {
    kernel[axis] = draws.of(1, 4);
    stride[axis] = draws.of(1, 3);
    dilation[axis] = draws.oneIn(8) ? 2 : 1;
    int reach = reach(axis);
    large[axis] = reach + draws.of(0, 5);
    begin[axis] = draws.of(0, (reach - 1) / 2);
    file[axis] = draws.of(0, (reach - 1) / 2);
    int room = large[axis] + begin[axis] + file[axis] - reach;
    int over = draws.oneIn(2) ? stride[axis] - 1 : 0;
    small[axis] = (room + over) / stride[axis] + 1;
    if ((small[axis] - 1) * stride[axis] >= large[axis] + begin[axis]) {
      small[axis]--;
    }
    end[axis] = hangingOver(axis);
  }

  private MapShape map(int n, int[] extents, int c) {
    return draws.map(n, extents[0], extents[1], extents[2], c);
  }

  private Window3 window() {
    return new Window3(axes(kernel), axes(stride), axes(dilation), axes(begin), axes(end));
  }

  private static Axes axes(int[] a) {
    return new Axes(a[0], a[1], a[2]);
  }
}
