package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Resize and Upsample. Coordinates are computed in single precision, as other runtimes do: where a
 * coordinate falls on a boundary, the last bit decides which pixel is the nearest.
 */
final class ResizeOperators {
  private static final int MAX_EXTENT = 1 << 20;

  private ResizeOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Resize", n -> (n.opset() < 11 ? Rules.old(n) : Rules.of(n)).resize());
    all.put("Upsample", n -> Rules.old(n).resize());
  }

  /** One axis: its extents, and the scale and region that lead from one to the other. */
  private record Axis(int in, int out, float scale, float start, float end) {}

  /** What the node's attributes ask for. */
  private record Rules(
      NodeReader n,
      List<Axis> axes,
      String mode,
      String coordinates,
      String nearest,
      float cubicA,
      boolean excludeOutside,
      boolean antialias,
      float extrapolation) {

    /** Upsample, and Resize before opset 11: corner to corner, nearest by truncation. */
    static Rules old(NodeReader n) {
      n.since(7);
      Shape x = n.input(0).shape();
      float[] scales =
          n.has(1)
              ? floats(n, 1)
              : n.numbers("scales").map(Rules::toArray).orElseThrow(() -> n.refuse("lacks scales"));
      String mode = n.text("mode", "nearest");
      return new Rules(
          n,
          scaled(n, x, allAxes(x), scales, new float[0]),
          mode.equals("bilinear") ? "linear" : mode,
          "asymmetric",
          "simple",
          0,
          false,
          false,
          0);
    }

    private static int[] allAxes(Shape x) {
      return IntStream.range(0, x.rank()).toArray();
    }

    private static float[] toArray(List<Float> list) {
      float[] array = new float[list.size()];
      for (int i = 0; i < array.length; i++) {
        array[i] = list.get(i);
      }
      return array;
    }

    private static float[] floats(NodeReader n, int input) {
      ConstantArray a = n.constant(input, "scales or a region");
      float[] values = new float[Math.toIntExact(a.shape().size())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) a.at(i);
      }
      return values;
    }

    static Rules of(NodeReader n) {
      Shape x = n.input(0).shape();
      int[] axes =
          n.integers("axes")
              .map(a -> Arrays.stream(a).mapToInt(i -> n.axis(i, x.rank())).toArray())
              .orElseGet(() -> allAxes(x));
      String coordinates = n.text("coordinate_transformation_mode", "half_pixel");
      float[] region = coordinates.equals("tf_crop_and_resize") ? floats(n, 1) : new float[0];
      float[] scales = n.has(2) ? floats(n, 2) : new float[0];
      List<Axis> resolved =
          scales.length > 0 || !n.has(3)
              ? scaled(n, x, axes, scales, region)
              : sized(n, x, axes, n.integers(3, "sizes"), region);
      return new Rules(
          n,
          resolved,
          n.text("mode", "nearest"),
          coordinates,
          n.text("nearest_mode", "round_prefer_floor"),
          n.number("cubic_coeff_a", -0.75f),
          n.integer("exclude_outside", 0) != 0,
          n.integer("antialias", 0) != 0,
          n.number("extrapolation_value", 0));
    }

    private static List<Axis> scaled(
        NodeReader n, Shape x, int[] axes, float[] scales, float[] region) {
      if (scales.length != axes.length) {
        throw n.refuse("has " + scales.length + " scales for " + axes.length + " axes");
      }
      List<Axis> result = unchanged(x);
      for (int i = 0; i < axes.length; i++) {
        int in = x.intDim(axes[i]);
        // In single precision, as others do: the last bit may decide the size.
        double out = Math.floor((float) in * scales[i]);
        result.set(axes[i], axis(n, in, out, scales[i], region, i));
      }
      return result;
    }

    private static List<Axis> sized(
        NodeReader n, Shape x, int[] axes, long[] sizes, float[] region) {
      if (sizes.length != axes.length) {
        throw n.refuse("has " + sizes.length + " sizes for " + axes.length + " axes");
      }
      String policy = n.text("keep_aspect_ratio_policy", "stretch");
      List<Axis> result = unchanged(x);
      float common = policy.equals("not_larger") ? Float.MAX_VALUE : 0;
      for (int i = 0; i < axes.length; i++) {
        float scale = (float) sizes[i] / x.dim(axes[i]);
        common = policy.equals("not_larger") ? Math.min(common, scale) : Math.max(common, scale);
      }
      for (int i = 0; i < axes.length; i++) {
        int in = x.intDim(axes[i]);
        boolean stretch = policy.equals("stretch");
        double out = stretch ? sizes[i] : Math.floor(common * in + 0.5);
        float scale = stretch ? (float) sizes[i] / in : common;
        result.set(axes[i], axis(n, in, out, scale, region, i));
      }
      return result;
    }

    private static List<Axis> unchanged(Shape x) {
      List<Axis> axes = new ArrayList<>();
      for (int i = 0; i < x.rank(); i++) {
        axes.add(new Axis(x.intDim(i), x.intDim(i), 1, 0, 1));
      }
      return axes;
    }

    private static Axis axis(NodeReader n, int in, double out, float scale, float[] region, int i) {
      if (!(scale > 0) || out < 1 || out > MAX_EXTENT) {
        throw n.refuse("resizes an extent of " + in + " by " + scale);
      }
      int half = region.length / 2;
      float start = i < half ? region[i] : 0;
      float end = i < half ? region[half + i] : 1;
      return new Axis(in, (int) out, scale, start, end);
    }

    void resize() {
      Operand x = n.input(0);
      switch (mode) {
        case "nearest" -> n.output(nearest(x));
        case "linear", "cubic" -> n.output(interpolated(x));
        default -> throw n.refuse("has mode " + mode);
      }
    }

    private boolean changes(Axis a) {
      return a.in != a.out || a.scale != 1 || a.start != 0 || a.end != 1;
    }

    private float coordinate(Axis a, int out) {
      float x = out;
      return switch (coordinates) {
        case "half_pixel" -> (x + 0.5f) / a.scale - 0.5f;
        case "half_pixel_symmetric" -> {
          float adjustment = a.out / (a.scale * a.in);
          float offset = a.in / 2f * (1 - adjustment);
          yield offset + (x + 0.5f) / a.scale - 0.5f;
        }
        case "pytorch_half_pixel" -> a.out > 1 ? (x + 0.5f) / a.scale - 0.5f : 0;
        case "align_corners" -> a.out == 1 ? 0 : x * (a.in - 1) / (a.out - 1);
        case "asymmetric" -> x / a.scale;
        case "tf_half_pixel_for_nn" -> (x + 0.5f) / a.scale;
        case "tf_crop_and_resize" ->
            a.out > 1
                ? a.start * (a.in - 1) + x * (a.end - a.start) * (a.in - 1) / (a.out - 1)
                : 0.5f * (a.start + a.end) * (a.in - 1);
        default -> throw n.refuse("has coordinate_transformation_mode " + coordinates);
      };
    }

    private boolean outside(Axis a, float x) {
      return coordinates.equals("tf_crop_and_resize") && (x < 0 || x > a.in - 1);
    }

    private Operand nearest(Operand x) {
      List<int[]> maps = new ArrayList<>();
      for (Axis a : axes) {
        int[] map = new int[a.out];
        for (int i = 0; i < a.out; i++) {
          float at = changes(a) ? coordinate(a, i) : i;
          map[i] = outside(a, at) ? -1 : Math.clamp(rounded(a, at), 0, a.in - 1);
        }
        maps.add(map);
      }
      return n.emit().remap(x, maps, extrapolation);
    }

    private int rounded(Axis a, float x) {
      return (int)
          switch (nearest) {
            case "simple" -> a.scale < 1 ? Math.ceil(x) : Math.floor(x);
            case "round_prefer_floor" -> Math.ceil(x - 0.5f);
            case "round_prefer_ceil" -> Math.floor(x + 0.5f);
            case "floor" -> Math.floor(x);
            case "ceil" -> Math.ceil(x);
            default -> throw n.refuse("has nearest_mode " + nearest);
          };
    }

    private Operand interpolated(Operand x) {
      List<int[]> maps =
          Emitter.identities(Shape.of(axes.stream().map(a -> (long) a.out).toList()));
      boolean fills = false;
      Operand result = x;
      for (int i = 0; i < axes.size(); i++) {
        Axis a = axes.get(i);
        if (!changes(a)) {
          continue;
        }
        List<int[]> indices = new ArrayList<>();
        List<float[]> weights = new ArrayList<>();
        for (int o = 0; o < a.out; o++) {
          float at = coordinate(a, o);
          taps(a, at, indices, weights);
          if (outside(a, at)) {
            maps.get(i)[o] = -1;
            fills = true;
          }
        }
        result = n.emit().interpolate(result, i, padded(indices), paddedWeights(weights));
      }
      return fills ? n.emit().remap(result, maps, extrapolation) : result;
    }

    /** The taps and weights of one output element. */
    private void taps(Axis a, float at, List<int[]> indices, List<float[]> weights) {
      boolean cubic = mode.equals("cubic");
      float shrink = antialias ? Math.min(a.scale, 1) : 1;
      float support = (cubic ? 2 : 1) / shrink;
      float x = cubic || antialias ? at : Math.clamp(at, 0, a.in - 1);
      int first = (int) (antialias ? Math.floor(x + 1 - support) : Math.floor(x) - (cubic ? 1 : 0));
      int last = (int) (antialias ? Math.floor(x + support + 1) - 1 : first + (cubic ? 3 : 1));
      int[] index = new int[last - first + 1];
      float[] weight = new float[index.length];
      double sum = 0;
      for (int k = 0; k < index.length; k++) {
        int tap = first + k;
        index[k] = Math.clamp(tap, 0, a.in - 1);
        boolean counts = !excludeOutside || (tap >= 0 && tap < a.in);
        double w = counts ? kernel((tap - x) * shrink) : 0;
        weight[k] = (float) w;
        sum += w;
      }
      if (antialias || excludeOutside) {
        for (int k = 0; k < weight.length; k++) {
          weight[k] = (float) (weight[k] / sum);
        }
      }
      indices.add(index);
      weights.add(weight);
    }

    /** The triangle, or Keys' cubic convolution kernel (1981) with parameter a. */
    private double kernel(double distance) {
      double d = Math.abs(distance);
      if (mode.equals("linear")) {
        return Math.max(0, 1 - d);
      }
      if (d <= 1) {
        return ((cubicA + 2) * d - (cubicA + 3)) * d * d + 1;
      }
      return d < 2 ? ((cubicA * d - 5 * cubicA) * d + 8 * cubicA) * d - 4 * cubicA : 0;
    }

    private static List<int[]> padded(List<int[]> rows) {
      int longest = rows.stream().mapToInt(r -> r.length).max().orElse(0);
      return rows.stream().map(r -> Arrays.copyOf(r, longest)).toList();
    }

    private static List<float[]> paddedWeights(List<float[]> rows) {
      int longest = rows.stream().mapToInt(r -> r.length).max().orElse(0);
      return rows.stream().map(r -> Arrays.copyOf(r, longest)).toList();
    }
  }
}
