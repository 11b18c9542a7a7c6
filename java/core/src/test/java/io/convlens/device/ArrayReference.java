package io.convlens.device;

import io.convlens.graph.Activation;
import io.convlens.graph.Node.ReduceKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The part of {@link SpecReference} that works on strided arrays and on rows. */
final class ArrayReference {
  private ArrayReference() {}

  /** The index of each axis at a step of nested loops, the last axis fastest. */
  private static long[] index(List<Long> dims, long step) {
    long[] index = new long[dims.size()];
    long rest = step;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = rest % dims.get(axis);
      rest /= dims.get(axis);
    }
    return index;
  }

  private static long steps(List<Long> dims) {
    return dims.stream().reduce(1L, (a, b) -> a * b);
  }

  private static int offset(long[] index, List<Long> strides) {
    long offset = 0;
    for (int axis = 0; axis < index.length; axis++) {
      offset += index[axis] * strides.get(axis);
    }
    return (int) offset;
  }

  static void copy(Spec.Copy s, float[] in, float[] out) {
    for (long step = 0; step < steps(s.dims()); step++) {
      long[] index = index(s.dims(), step);
      int to = offset(index, s.strideDst());
      boolean filled = false;
      for (int axis = 0; axis < index.length; axis++) {
        int[] map = s.maps().get(axis);
        index[axis] = map == null ? index[axis] : map[(int) index[axis]];
        filled |= index[axis] < 0;
      }
      out[to] = filled ? s.fill() : in[offset(index, s.strideSrc())];
    }
  }

  static void broadcast(Spec.Broadcast s, float[]... o) {
    for (long step = 0; step < steps(s.dims()); step++) {
      long[] index = index(s.dims(), step);
      double a = o[0][offset(index, s.strideA())];
      double b = o[1][offset(index, s.strideB())];
      double v =
          switch (s.function()) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> Math.pow(a, b);
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case PRELU -> a >= 0 ? a : a * b;
          };
      for (Activation f : s.posts()) {
        v = f.apply(v);
      }
      o[2][offset(index, s.strideDst())] = (float) v;
    }
  }

  static void reduce(Spec.Reduce s, float[] in, float[] out) {
    Map<Integer, List<Double>> rows = new HashMap<>();
    for (long step = 0; step < steps(s.dims()); step++) {
      long[] index = index(s.dims(), step);
      rows.computeIfAbsent(offset(index, s.strideDst()), _ -> new ArrayList<>())
          .add((double) in[offset(index, s.strideSrc())]);
    }
    rows.forEach(
        (to, values) ->
            out[to] =
                (float)
                    reduce(s.kind(), values.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private static double reduce(ReduceKind kind, double[] x) {
    return switch (kind) {
      case SUM -> Arrays.stream(x).sum();
      case MEAN -> Arrays.stream(x).sum() / x.length;
      case MAX -> Arrays.stream(x).max().orElseThrow();
      case MIN -> Arrays.stream(x).min().orElseThrow();
      case PROD -> Arrays.stream(x).reduce(1, (a, b) -> a * b);
      case L1 -> Arrays.stream(x).map(Math::abs).sum();
      case L2 -> Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
      case SUM_SQUARE -> Arrays.stream(x).map(v -> v * v).sum();
      case LOG_SUM -> Math.log(Arrays.stream(x).sum());
      case LOG_SUM_EXP -> {
        double most = Arrays.stream(x).max().orElseThrow();
        yield most + Math.log(Arrays.stream(x).map(v -> Math.exp(v - most)).sum());
      }
    };
  }

  static void interpolate(Spec.Interpolate s, float[] in, float[] out) {
    int inner = (int) s.inner();
    int length = s.indices().size();
    for (int to = 0; to < s.outer() * length * inner; to++) {
      int o = to / inner % length;
      int[] indices = s.indices().get(o);
      double sum = 0;
      for (int k = 0; k < indices.length; k++) {
        int from = (to / inner / length * s.length() + indices[k]) * inner + to % inner;
        sum += (double) s.weights().get(o)[k] * in[from];
      }
      out[to] = (float) sum;
    }
  }

  static void layerNorm(Spec.LayerNorm s, float[] in, float[] out) {
    for (int row = 0; row < s.rows(); row++) {
      int base = row * s.columns();
      double[] x = new double[s.columns()];
      for (int c = 0; c < x.length; c++) {
        x[c] = in[base + c];
      }
      double[] y = normalised(x, s.epsilon());
      for (int c = 0; c < x.length; c++) {
        double shift = s.shift() == null ? 0 : s.shift().get(c);
        out[base + c] = (float) (y[c] * s.scale().get(c) + shift);
      }
    }
  }

  private static double[] normalised(double[] x, double epsilon) {
    double mean = Arrays.stream(x).average().orElseThrow();
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    return Arrays.stream(x).map(v -> (v - mean) / Math.sqrt(variance + epsilon)).toArray();
  }

  static void groupNorm(Spec.GroupNorm s, float[] in, float[] out) {
    MapShape m = s.src();
    int places = (int) (m.places() / m.n());
    int channels = m.c() / s.groups();
    for (int n = 0; n < m.n(); n++) {
      for (int g = 0; g < s.groups(); g++) {
        double[] x = new double[places * channels];
        for (int i = 0; i < x.length; i++) {
          int place = n * places + i / channels;
          x[i] = in[place * m.pitch() + g * channels + i % channels];
        }
        double[] y = normalised(x, s.epsilon());
        for (int i = 0; i < x.length; i++) {
          int place = n * places + i / channels;
          int c = g * channels + i % channels;
          out[place * s.dst().pitch() + c] = (float) (y[i] * s.scale().get(c) + s.shift().get(c));
        }
      }
    }
  }
}
