package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A convolution's input with its padding written out, and without what is never read. oneDNN (3.13)
 * reads through a null pointer for some outputs all of whose taps lie outside the map, like those
 * at the border of a 1x1 convolution with padding, and the process ends: no such output is left to
 * it.
 *
 * @param map the padded input, dense
 * @param window the same window without padding
 * @param copy what makes it
 */
record ZeroPadding(MapShape map, Window3 window, Spec.Copy copy) {
  private static final Axes NONE = new Axes(0, 0, 0);

  /** Whether oneDNN would go wrong without. */
  static boolean needed(MapShape src, MapShape dst, Window3 window) {
    return hasBlindOutput(src, dst, window)
        || (src.c() == 1 && dst.c() == 1 && keepsIdleStride(src, dst, window));
  }

  /** See {@link Maps#withoutIdleStrides}, which can't help here. */
  private static boolean keepsIdleStride(MapShape src, MapShape dst, Window3 window) {
    return IntStream.range(0, 3)
        .anyMatch(
            axis ->
                Maps.extents(dst).get(axis) == 1
                    && window.stride().get(axis) > 1
                    && Maps.tightEnd(src, window, axis) < 0);
  }

  private static boolean hasBlindOutput(MapShape src, MapShape dst, Window3 window) {
    return IntStream.range(0, 3)
        .anyMatch(
            axis ->
                IntStream.range(0, Maps.extents(dst).get(axis))
                    .anyMatch(
                        output -> isOutside(window, axis, output, Maps.extents(src).get(axis))));
  }

  private static boolean isOutside(Window3 window, int axis, int output, int extent) {
    int first = output * window.stride().get(axis) - window.padBegin().get(axis);
    return IntStream.range(0, window.kernel().get(axis))
        .map(tap -> first + tap * window.dilation().get(axis))
        .noneMatch(at -> at >= 0 && at < extent);
  }

  static ZeroPadding of(MapShape src, MapShape dst, Window3 window) {
    int[] extents = new int[3];
    for (int axis = 0; axis < 3; axis++) {
      int reach = (window.kernel().get(axis) - 1) * window.dilation().get(axis) + 1;
      extents[axis] = (Maps.extents(dst).get(axis) - 1) * window.stride().get(axis) + reach;
    }
    MapShape map = MapShape.dense(src.n(), extents[0], extents[1], extents[2], src.c());
    var bare = new Window3(window.kernel(), window.stride(), window.dilation(), NONE, NONE);
    return new ZeroPadding(map, bare, copy(src, map, window.padBegin()));
  }

  private static Spec.Copy copy(MapShape src, MapShape map, Axes begin) {
    List<int @Nullable []> maps = new ArrayList<>(Collections.nCopies(5, null));
    for (int axis = 0; axis < 3; axis++) {
      int[] from = new int[Maps.extents(map).get(axis)];
      for (int i = 0; i < from.length; i++) {
        int at = i - begin.get(axis);
        from[i] = at >= 0 && at < Maps.extents(src).get(axis) ? at : -1;
      }
      maps.set(1 + axis, from);
    }
    List<Long> dims =
        List.of((long) map.n(), (long) map.d(), (long) map.h(), (long) map.w(), (long) map.c());
    return new Spec.Copy(dims, maps, strides(src), strides(map), 0);
  }

  private static List<Long> strides(MapShape m) {
    long[] s = Maps.strides(m, 3);
    // Logical axes are n, c, d, h, w.
    return Arrays.stream(new long[] {s[0], s[2], s[3], s[4], s[1]}).boxed().toList();
  }
}
