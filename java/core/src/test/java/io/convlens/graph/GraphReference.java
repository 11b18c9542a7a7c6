package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a graph node by node in double precision, with plain loops over indices: slow, and obvious
 * enough to be the second opinion on every engine and on the reader itself. It shares no arithmetic
 * with them, {@link Activation#apply} aside.
 *
 * <pre>{@code
 * Map<Value, GraphReference.Array> values = GraphReference.run(graph, new Array(shape, numbers));
 * double[] scores = values.get(graph.outputs().getFirst()).data();
 * }</pre>
 */
public final class GraphReference {

  /** An array in row-major order of its shape. */
  @SuppressWarnings("ArrayRecordComponent") // A shape and its numbers; never compared.
  public record Array(Shape shape, double[] data) {
    /** Checks the number of elements. */
    public Array {
      if (data.length != shape.size()) {
        throw new IllegalArgumentException(data.length + " numbers for " + shape);
      }
    }

    /** An array of zeros. */
    public static Array zeros(Shape shape) {
      return new Array(shape, new double[Math.toIntExact(shape.size())]);
    }

    /** A tensor's numbers. */
    public static Array of(Tensor t) {
      Array a = zeros(t.shape());
      Arrays.setAll(a.data, t::get);
      return a;
    }

    double at(long... index) {
      return data[(int) offset(shape, index)];
    }
  }

  private final int batch;
  private final Map<Value, Array> values = new HashMap<>();

  private GraphReference(int batch) {
    this.batch = batch;
  }

  /**
   * Every value of the graph for an input, whose axis 0 may be another than the graph's base batch
   * where the graph can be batched.
   */
  public static Map<Value, Array> run(Graph graph, Array input) {
    return run(graph, Map.of(graph.input(), input));
  }

  /** The same for a graph of several inputs. */
  public static Map<Value, Array> run(Graph graph, Map<Value, Array> inputs) {
    Array input = inputs.get(graph.input());
    Shape s = input.shape();
    var run = new GraphReference(s.rank() == 0 ? 1 : s.intDim(0));
    if (!graph.input().shape(run.batch).equals(s)) {
      throw new IllegalArgumentException("input " + s + " for " + graph.input());
    }
    for (Node n : graph.nodes()) {
      Array y = n instanceof Node.Input ? inputs.get(n.output()) : run.compute(n);
      Shape expected = n.output().shape(run.batch);
      if (!y.shape().equals(expected)) {
        throw new IllegalStateException(n.name() + " gives " + y.shape() + ", not " + expected);
      }
      run.values.put(n.output(), y);
    }
    return run.values;
  }

  private Array get(Value v) {
    Array a = values.get(v);
    if (a == null) {
      throw new IllegalStateException(v + " is not computed yet");
    }
    return a;
  }

  private Array compute(Node node) {
    Shape to = node.output().shape(batch);
    return switch (node) {
      case Node.Input n -> throw new IllegalStateException("nothing for input " + n.name());
      case Node.Constant n -> Array.of(n.data());
      case Node.Conv n -> conv(n, to);
      case Node.ConvTranspose n -> convTranspose(n, to);
      case Node.Pool n -> pool(n, to);
      case Node.ChannelAffine n -> channelAffine(n, to);
      case Node.Lrn n -> lrn(n, to);
      case Node.GroupNorm n -> groupNorm(n, to);
      case Node.LayerNorm n -> layerNorm(n, to);
      case Node.Activate n -> fill(to, i -> n.function().apply(get(n.x()).at(i)));
      case Node.PRelu n -> prelu(n, to);
      case Node.Binary n -> binary(n, to);
      case Node.Linear n -> linear(n, to);
      case Node.MatMul n -> matMul(n, to);
      case Node.Concat n -> concat(n, to);
      case Node.Remap n -> remap(n, to);
      case Node.Interpolate n -> interpolate(n, to);
      case Node.Reshape n -> new Array(to, get(n.x()).data());
      case Node.Transpose n -> transpose(n, to);
      case Node.Softmax n -> softmax(n, to);
      case Node.Reduce n -> reduce(n, to);
      case Node.ActivateGradient n -> {
        Array g = get(n.gradient());
        Array x = get(n.x());
        yield fill(to, i -> n.rule().apply(n.function(), g.at(i), x.at(i)));
      }
      case Node.PoolGradient n -> poolGradient(n, to);
    };
  }

  // Indices.

  private interface Element {
    double at(long... index);
  }

  private static Array fill(Shape shape, Element element) {
    Array y = Array.zeros(shape);
    long[] index = new long[shape.rank()];
    for (int i = 0; i < y.data.length; i++) {
      y.data[i] = element.at(index);
      for (int axis = index.length - 1; axis >= 0 && ++index[axis] == shape.dim(axis); axis--) {
        index[axis] = 0;
      }
    }
    return y;
  }

  private static long offset(Shape shape, long... index) {
    long at = 0;
    for (int axis = 0; axis < index.length; axis++) {
      at = at * shape.dim(axis) + index[axis];
    }
    return at;
  }

  private static long[] with(long[] index, int axis, long at) {
    long[] other = index.clone();
    other[axis] = at;
    return other;
  }

  /** The index that broadcasting reads, ranks aligned at the end. */
  private static long[] broadcast(Shape shape, long... index) {
    long[] own = Arrays.copyOfRange(index, index.length - shape.rank(), index.length);
    for (int axis = 0; axis < own.length; axis++) {
      own[axis] = shape.dim(axis) == 1 ? 0 : own[axis];
    }
    return own;
  }

  // Windows. Maps of 1 or 2 spatial axes are looked at as if they had 3.

  /** A map as {@code [n, c, d, h, w]}. */
  private record Volume(int n, int c, int d, int h, int w) {
    static Volume of(Shape s) {
      int missing = 5 - s.rank();
      return new Volume(
          s.intDim(0),
          s.intDim(1),
          missing > 0 ? 1 : s.intDim(2),
          missing > 1 ? 1 : s.intDim(3 - missing),
          s.intDim(-1));
    }

    boolean has(int z, int y, int x) {
      return z >= 0 && z < d && y >= 0 && y < h && x >= 0 && x < w;
    }

    int at(int image, int channel, int z, int y, int x) {
      return (((image * c + channel) * d + z) * h + y) * w + x;
    }
  }

  private static int[] three(List<Integer> list, int absent) {
    int[] all = {absent, absent, absent};
    for (int i = 0; i < list.size(); i++) {
      all[3 - list.size() + i] = list.get(i);
    }
    return all;
  }

  /** Where an output's window meets the input. */
  private interface Taps {
    void visit(int tap, int z, int y, int x);
  }

  /** Visits every tap of the window at (oz, oy, ox), those in the padding too. */
  private static void window(Windowing w, int oz, int oy, int ox, Taps taps) {
    int[] k = three(w.kernel(), 1);
    int[] s = three(w.strides(), 1);
    int[] d = three(w.dilations(), 1);
    int[] p = three(w.padBegin(), 0);
    int tap = 0;
    for (int kz = 0; kz < k[0]; kz++) {
      for (int ky = 0; ky < k[1]; ky++) {
        for (int kx = 0; kx < k[2]; kx++) {
          taps.visit(
              tap++,
              oz * s[0] - p[0] + kz * d[0],
              oy * s[1] - p[1] + ky * d[1],
              ox * s[2] - p[2] + kx * d[2]);
        }
      }
    }
  }

  private Array conv(Node.Conv n, Shape to) {
    Array x = get(n.x());
    Array w = Array.of(n.weights());
    Volume in = Volume.of(x.shape());
    int perGroupIn = w.shape().intDim(1);
    int perGroupOut = w.shape().intDim(0) / n.groups();
    int taps = (int) w.shape().product(2, w.shape().rank());
    return eachPlace(
        to,
        (image, m, oz, oy, ox) -> {
          double[] sum = {n.bias() == null ? 0 : n.bias().get(m)};
          window(
              n.windowing(),
              oz,
              oy,
              ox,
              (tap, z, y, xx) -> {
                for (int c = 0; c < perGroupIn && in.has(z, y, xx); c++) {
                  int from = m / perGroupOut * perGroupIn + c;
                  sum[0] +=
                      w.data[(m * perGroupIn + c) * taps + tap]
                          * x.data[in.at(image, from, z, y, xx)];
                }
              });
          return sum[0];
        });
  }

  private interface Place {
    double at(int image, int channel, int z, int y, int x);
  }

  private static Array eachPlace(Shape to, Place place) {
    Volume out = Volume.of(to);
    Array result = Array.zeros(to);
    for (int i = 0; i < result.data.length; i++) {
      int x = i % out.w;
      int y = i / out.w % out.h;
      int z = i / out.w / out.h % out.d;
      int c = i / out.w / out.h / out.d % out.c;
      result.data[i] = place.at(i / out.w / out.h / out.d / out.c, c, z, y, x);
    }
    return result;
  }

  /** Spreads each input over the outputs that its window reaches. */
  private Array convTranspose(Node.ConvTranspose n, Shape to) {
    Array x = get(n.x());
    Array w = Array.of(n.weights());
    Volume in = Volume.of(x.shape());
    Volume out = Volume.of(to);
    int perGroupIn = in.c / n.groups();
    int perGroupOut = w.shape().intDim(1);
    int taps = (int) w.shape().product(2, w.shape().rank());
    Array result =
        eachPlace(to, (_, m, _, _, _) -> n.bias() == null ? 0 : (double) n.bias().get(m));
    eachPlace(
        x.shape(),
        (image, c, iz, iy, ix) -> {
          double value = x.data[in.at(image, c, iz, iy, ix)];
          window(
              n.windowing(),
              iz,
              iy,
              ix,
              (tap, z, y, xx) -> {
                for (int k = 0; k < perGroupOut && out.has(z, y, xx); k++) {
                  int m = c / perGroupIn * perGroupOut + k;
                  result.data[out.at(image, m, z, y, xx)] +=
                      w.data[(c * perGroupOut + k) * taps + tap] * value;
                }
              });
          return 0;
        });
    return result;
  }

  private Array pool(Node.Pool n, Shape to) {
    Array x = get(n.x());
    Volume in = Volume.of(x.shape());
    int[] begin = three(n.windowing().padBegin(), 0);
    int[] end = three(n.filePadEnd(), 0);
    return eachPlace(
        to,
        (image, c, oz, oy, ox) -> {
          double[] sum = {n.kind() == Node.PoolKind.MAX ? Double.NEGATIVE_INFINITY : 0};
          int[] counts = new int[2];
          window(
              n.windowing(),
              oz,
              oy,
              ox,
              (_, z, y, xx) -> {
                boolean padded =
                    z >= -begin[0]
                        && z < in.d + end[0]
                        && y >= -begin[1]
                        && y < in.h + end[1]
                        && xx >= -begin[2]
                        && xx < in.w + end[2];
                counts[1] += padded ? 1 : 0;
                if (in.has(z, y, xx)) {
                  counts[0]++;
                  double v = x.data[in.at(image, c, z, y, xx)];
                  sum[0] =
                      switch (n.kind()) {
                        case MAX -> Math.max(sum[0], v);
                        case AVERAGE, AVERAGE_WITH_PADDING -> sum[0] + v;
                        case LP -> sum[0] + Math.pow(Math.abs(v), n.p());
                      };
                }
              });
          return switch (n.kind()) {
            case MAX -> sum[0];
            case AVERAGE -> sum[0] / counts[0];
            case AVERAGE_WITH_PADDING -> sum[0] / counts[1];
            case LP -> Math.pow(sum[0], 1.0 / n.p());
          };
        });
  }

  /** Each window's gradient goes back to its elements. */
  private Array poolGradient(Node.PoolGradient n, Shape to) {
    Array x = get(n.x());
    Array g = get(n.gradient());
    Volume in = Volume.of(x.shape());
    Volume out = Volume.of(g.shape());
    Array result = Array.zeros(to);
    eachPlace(
        g.shape(),
        (image, c, oz, oy, ox) -> {
          double[] shares = shares(n, x.data, in, image, c, oz, oy, ox);
          double incoming = g.data[out.at(image, c, oz, oy, ox)];
          window(
              n.windowing(),
              oz,
              oy,
              ox,
              (tap, z, y, xx) -> {
                if (in.has(z, y, xx)) {
                  result.data[in.at(image, c, z, y, xx)] += shares[tap] * incoming;
                }
              });
          return 0;
        });
    return result;
  }

  /** The derivative of a window's value by each of its taps. */
  private static double[] shares(
      Node.PoolGradient n, double[] x, Volume in, int image, int c, int oz, int oy, int ox) {
    int[] begin = three(n.windowing().padBegin(), 0);
    int[] end = three(n.filePadEnd(), 0);
    int taps = n.windowing().kernel().stream().reduce(1, Math::multiplyExact);
    double[] values = new double[taps];
    boolean[] inside = new boolean[taps];
    int[] counts = new int[2];
    window(
        n.windowing(),
        oz,
        oy,
        ox,
        (tap, z, y, xx) -> {
          counts[1] +=
              z >= -begin[0]
                      && z < in.d + end[0]
                      && y >= -begin[1]
                      && y < in.h + end[1]
                      && xx >= -begin[2]
                      && xx < in.w + end[2]
                  ? 1
                  : 0;
          inside[tap] = in.has(z, y, xx);
          if (inside[tap]) {
            counts[0]++;
            values[tap] = x[in.at(image, c, z, y, xx)];
          }
        });
    double norm = 0;
    int first = -1;
    for (int tap = 0; tap < taps; tap++) {
      norm += inside[tap] ? Math.pow(Math.abs(values[tap]), n.p()) : 0;
      first = inside[tap] && (first < 0 || values[tap] > values[first]) ? tap : first;
    }
    double length = Math.pow(norm, 1.0 / n.p());
    double[] shares = new double[taps];
    for (int tap = 0; tap < taps; tap++) {
      double v = values[tap];
      shares[tap] =
          switch (n.kind()) {
            case MAX -> tap == first ? 1 : 0;
            case AVERAGE -> 1.0 / counts[0];
            case AVERAGE_WITH_PADDING -> 1.0 / counts[1];
            case LP ->
                length == 0 ? 0 : Math.signum(v) * Math.pow(Math.abs(v) / length, n.p() - 1.0);
          };
    }
    return shares;
  }

  // Normalisation.

  private Array channelAffine(Node.ChannelAffine n, Shape to) {
    Array x = get(n.x());
    return fill(to, i -> n.scale().get(i[1]) * x.at(i) + n.shift().get(i[1]));
  }

  private Array lrn(Node.Lrn n, Shape to) {
    Array x = get(n.x());
    long channels = to.dim(1);
    return fill(
        to,
        i -> {
          long first = i[1] - (n.size() - 1) / 2;
          double squares = 0;
          for (long c = Math.max(0, first); c < Math.min(channels, first + n.size()); c++) {
            squares += Math.pow(x.at(with(i, 1, c)), 2);
          }
          return x.at(i) / Math.pow(n.bias() + n.alpha() / n.size() * squares, n.beta());
        });
  }

  private Array groupNorm(Node.GroupNorm n, Shape to) {
    Array x = get(n.x());
    long places = to.product(2, to.rank());
    long run = to.dim(1) / n.groups() * places;
    double[] normal = normalised(x.data, (int) run, n.epsilon());
    Array y = Array.zeros(to);
    for (int i = 0; i < normal.length; i++) {
      long c = i / places % to.dim(1);
      y.data[i] = normal[i] * n.scale().get(c) + n.shift().get(c);
    }
    return y;
  }

  private Array layerNorm(Node.LayerNorm n, Shape to) {
    int row = (int) to.product(n.axis(), to.rank());
    double[] normal = normalised(get(n.x()).data, row, n.epsilon());
    Array y = Array.zeros(to);
    for (int i = 0; i < normal.length; i++) {
      double shift = n.shift() == null ? 0 : n.shift().get(i % row);
      y.data[i] = normal[i] * n.scale().get(i % row) + shift;
    }
    return y;
  }

  /** Each run of so many elements brought to mean 0 and variance 1. */
  private static double[] normalised(double[] x, int run, double epsilon) {
    double[] y = new double[x.length];
    for (int start = 0; start < x.length; start += run) {
      double mean = Arrays.stream(x, start, start + run).sum() / run;
      double variance =
          Arrays.stream(x, start, start + run).map(v -> (v - mean) * (v - mean)).sum() / run;
      for (int i = start; i < start + run; i++) {
        y[i] = (x[i] - mean) / Math.sqrt(variance + epsilon);
      }
    }
    return y;
  }

  // Arithmetic.

  private Array prelu(Node.PRelu n, Shape to) {
    Array x = get(n.x());
    Array slope = Array.of(n.slope());
    return fill(to, i -> x.at(i) >= 0 ? x.at(i) : x.at(i) * slope.at(broadcast(slope.shape(), i)));
  }

  private Array binary(Node.Binary n, Shape to) {
    Array a = get(n.a());
    Array b = get(n.b());
    return fill(
        to,
        i -> {
          double p = a.at(broadcast(a.shape(), i));
          double q = b.at(broadcast(b.shape(), i));
          return switch (n.op()) {
            case ADD -> p + q;
            case SUB -> p - q;
            case MUL -> p * q;
            case DIV -> p / q;
            case POW -> Math.pow(p, q);
            case MIN -> Math.min(p, q);
            case MAX -> Math.max(p, q);
          };
        });
  }

  private Array linear(Node.Linear n, Shape to) {
    Array x = get(n.x());
    Array w = Array.of(n.weights());
    int inner = w.shape().intDim(1);
    int columns = w.shape().intDim(0);
    @Nullable Tensor bias = n.bias();
    Array y = Array.zeros(to);
    for (int i = 0; i < y.data.length; i++) {
      int row = i / columns;
      int column = i % columns;
      double sum = bias == null ? 0 : bias.get(column);
      for (int k = 0; k < inner; k++) {
        sum += x.data[row * inner + k] * w.data[column * inner + k];
      }
      y.data[i] = sum;
    }
    return y;
  }

  private Array matMul(Node.MatMul n, Shape to) {
    Array a = get(n.a());
    Array b = get(n.b());
    long inner = a.shape().dim(-1);
    int r = to.rank();
    return fill(
        to,
        i -> {
          double sum = 0;
          for (long k = 0; k < inner; k++) {
            sum +=
                a.at(broadcast(a.shape(), with(i, r - 1, k)))
                    * b.at(broadcast(b.shape(), with(i, r - 2, k)));
          }
          return n.alpha() * sum;
        });
  }

  // Elements in other places.

  private Array concat(Node.Concat n, Shape to) {
    return fill(
        to,
        i -> {
          long at = i[n.axis()];
          for (Value v : n.inputs()) {
            Array part = get(v);
            if (at < part.shape().dim(n.axis())) {
              return part.at(with(i, n.axis(), at));
            }
            at -= part.shape().dim(n.axis());
          }
          throw new IllegalStateException("the parts are too short");
        });
  }

  private Array remap(Node.Remap n, Shape to) {
    Array x = get(n.x());
    return fill(
        to,
        i -> {
          long[] from = new long[i.length];
          for (int axis = 0; axis < i.length; axis++) {
            boolean pictures = axis == 0 && n.output().batched();
            from[axis] = pictures ? i[0] : n.maps().get(axis)[(int) i[axis]];
          }
          return LongStream.of(from).anyMatch(f -> f < 0) ? n.fill() : x.at(from);
        });
  }

  private Array interpolate(Node.Interpolate n, Shape to) {
    Array x = get(n.x());
    return fill(
        to,
        i -> {
          int[] taps = n.indices().get((int) i[n.axis()]);
          float[] weights = n.weights().get((int) i[n.axis()]);
          double sum = 0;
          for (int k = 0; k < taps.length; k++) {
            sum += weights[k] * x.at(with(i, n.axis(), taps[k]));
          }
          return sum;
        });
  }

  private Array transpose(Node.Transpose n, Shape to) {
    Array x = get(n.x());
    return fill(
        to,
        i -> {
          long[] from = new long[i.length];
          for (int axis = 0; axis < i.length; axis++) {
            from[n.order().get(axis)] = i[axis];
          }
          return x.at(from);
        });
  }

  // Reductions.

  private Array softmax(Node.Softmax n, Shape to) {
    double[] x = get(n.x()).data;
    int inner = (int) to.product(n.to(), to.rank());
    int length = (int) to.product(n.from(), n.to());
    Array y = Array.zeros(to);
    for (int i = 0; i < x.length; i++) {
      int start = i / (inner * length) * inner * length + i % inner;
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < length; k++) {
        most = Math.max(most, x[start + k * inner]);
      }
      double sum = 0;
      for (int k = 0; k < length; k++) {
        sum += Math.exp(x[start + k * inner] - most);
      }
      double log = x[i] - most - Math.log(sum);
      y.data[i] = n.log() ? log : Math.exp(log);
    }
    return y;
  }

  private Array reduce(Node.Reduce n, Shape to) {
    Array x = get(n.x());
    Shape kept = x.shape();
    for (int axis : n.axes()) {
      kept = kept.with(axis, 1);
    }
    Shape runs = kept;
    Array reduced =
        fill(
            kept,
            out -> {
              double[] run = members(x, runs, out).mapToDouble(i -> x.data[(int) i]).toArray();
              return reduced(n.kind(), run);
            });
    return new Array(to, reduced.data);
  }

  /** The offsets of the elements that are reduced to one. */
  private static LongStream members(Array x, Shape kept, long... out) {
    long[] dims = x.shape().dims();
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] = kept.dim(axis) == dims[axis] ? 1 : dims[axis];
    }
    LongStream.Builder all = LongStream.builder();
    fill(
        Shape.of(dims),
        i -> {
          long[] at = i.clone();
          for (int axis = 0; axis < at.length; axis++) {
            at[axis] += out[axis];
          }
          all.add(offset(x.shape(), at));
          return 0;
        });
    return all.build();
  }

  private static double reduced(Node.ReduceKind kind, double... run) {
    return switch (kind) {
      case SUM -> Arrays.stream(run).sum();
      case MEAN -> Arrays.stream(run).sum() / run.length;
      case MAX -> Arrays.stream(run).max().orElse(Double.NEGATIVE_INFINITY);
      case MIN -> Arrays.stream(run).min().orElse(Double.POSITIVE_INFINITY);
      case PROD -> Arrays.stream(run).reduce(1, (a, b) -> a * b);
      case L1 -> Arrays.stream(run).map(Math::abs).sum();
      case L2 -> Math.sqrt(Arrays.stream(run).map(v -> v * v).sum());
      case SUM_SQUARE -> Arrays.stream(run).map(v -> v * v).sum();
      case LOG_SUM -> Math.log(Arrays.stream(run).sum());
      case LOG_SUM_EXP -> {
        double most = Arrays.stream(run).max().orElse(0);
        yield most + Math.log(Arrays.stream(run).map(v -> Math.exp(v - most)).sum());
      }
    };
  }
}
