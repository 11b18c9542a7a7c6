package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which pixels each value of a graph sees, found by walking the graph once for each of the
 * picture's two axes. Exact for windows, paddings, slices, resizes and what joins them; where an
 * axis is mixed as a whole (global pooling, dense layers, flattening), the whole input is what is
 * seen.
 */
public final class ReceptiveFields {
  private final Map<Value, Span> rows;
  private final Map<Value, Span> columns;

  private ReceptiveFields(Map<Value, Span> rows, Map<Value, Span> columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * The fields of a graph's values.
   *
   * @param heightAxis the input's axis of rows
   * @param widthAxis the input's axis of columns
   */
  public static ReceptiveFields of(Graph graph, int heightAxis, int widthAxis) {
    return new ReceptiveFields(
        new Walk(graph, heightAxis).spans(), new Walk(graph, widthAxis).spans());
  }

  /** What a value sees; empty where it does not depend on the input. */
  public Optional<ReceptiveField> of(Value value) {
    Span y = rows.get(value);
    Span x = columns.get(value);
    return y == null || x == null
        ? Optional.empty()
        : Optional.of(new ReceptiveField(y.side(), x.side()));
  }

  /**
   * The pixels that one element of a value sees, exactly, even where the field's size changes from
   * place to place; not clipped to the picture. Empty where the value does not depend on the input.
   *
   * @param index one number an axis of the value
   */
  public Optional<PixelBox> box(Value value, int... index) {
    Span y = rows.get(value);
    Span x = columns.get(value);
    if (y == null || x == null) {
      return Optional.empty();
    }
    int row = y.isWhole() ? 0 : index[y.axis()];
    int column = x.isWhole() ? 0 : index[x.axis()];
    return Optional.of(
        new PixelBox(x.lowAt(column), y.lowAt(row), x.highAt(column) + 1, y.highAt(row) + 1));
  }

  /** A value's pixels along one axis, index by index. */
  Optional<Span> span(Value value, boolean vertical) {
    return Optional.ofNullable((vertical ? rows : columns).get(value));
  }

  /** One axis of the picture through the whole graph. */
  private static final class Walk {
    private final Graph graph;
    private final int pixels;
    private final Map<Value, Span> spans = new HashMap<>();

    Walk(Graph graph, int axis) {
      this.graph = graph;
      this.pixels = graph.input().shape().intDim(axis);
      spans.put(graph.input(), Span.identity(axis, pixels));
    }

    Map<Value, Span> spans() {
      for (Node node : graph.nodes()) {
        if (!(node instanceof Node.Input)) {
          Span span = span(node);
          if (span != null) {
            spans.put(node.output(), span);
          }
        }
      }
      return spans;
    }

    private @Nullable Span span(Node node) {
      return switch (node) {
        case Node.Input _, Node.Constant _ -> null;
        case Node.Binary b -> joined(b.inputs(), b.output(), -1);
        case Node.Concat c -> joined(c.inputs(), c.output(), c.axis());
        case Node.MatMul m -> product(m);
        case Node.ActivateGradient _, Node.PoolGradient _ -> whole();
        default -> {
          Span in = spans.get(node.inputs().getFirst());
          yield in == null || in.isWhole() ? in : ofOne(node, in);
        }
      };
    }

    /** Where a node has one input, whose index along the span's axis still tells pixels apart. */
    private Span ofOne(Node node, Span in) {
      int rank = node.inputs().getFirst().shape().rank();
      return switch (node) {
        case Node.Conv c -> in.axis() == 1 ? whole() : window(in, c.windowing(), c.output());
        case Node.Pool p -> window(in, p.windowing(), p.output());
        case Node.ConvTranspose c -> in.axis() == 1 ? whole() : transposed(in, c);
        case Node.Lrn _ -> in.axis() == 1 ? whole() : in;
        case Node.GroupNorm _ -> whole();
        case Node.LayerNorm n -> in.axis() >= n.axis() ? whole() : in;
        case Node.Softmax s -> in.axis() >= s.from() && in.axis() < s.to() ? whole() : in;
        case Node.Linear _ -> in.axis() == rank - 1 ? whole() : in;
        case Node.Reduce r -> reduced(in, r);
        case Node.Remap r -> remapped(in, r);
        case Node.Interpolate i -> in.axis() == i.axis() ? interpolated(in, i) : in;
        case Node.Reshape r -> reshaped(in, r.x().shape(), r.output().shape());
        case Node.Transpose t -> in.onAxis(t.order().indexOf(in.axis()));
        default -> in;
      };
    }

    private Span whole() {
      return Span.whole(pixels);
    }

    private static Span window(Span in, Windowing w, Value output) {
      int s = in.axis() - 2;
      if (s < 0) {
        return in;
      }
      int stride = w.strides().get(s);
      int before = w.padBegin().get(s);
      int reach = (w.kernel().get(s) - 1) * w.dilations().get(s);
      return in.through(
          in.axis(),
          output.shape().intDim(in.axis()),
          in.stride() * stride,
          i -> i * stride - before,
          i -> i * stride - before + reach);
    }

    /** Output o gets input i through tap k where o = i·stride − before + k·dilation. */
    private static Span transposed(Span in, Node.ConvTranspose c) {
      int s = in.axis() - 2;
      if (s < 0) {
        return in;
      }
      Windowing w = c.windowing();
      int stride = w.strides().get(s);
      int before = w.padBegin().get(s);
      int reach = (w.kernel().get(s) - 1) * w.dilations().get(s);
      int dilation = w.dilations().get(s);
      return in.through(
          in.axis(),
          c.output().shape().intDim(in.axis()),
          in.stride() / stride,
          o -> Math.floorDiv(firstTap(o + before, stride, dilation, reach, 1), stride),
          o -> Math.floorDiv(firstTap(o + before, stride, dilation, reach, -1), stride));
    }

    /**
     * The smallest (or largest, for {@code way} −1) of place − k·dilation that is a multiple of the
     * stride; the place itself where no tap hits.
     */
    private static int firstTap(int place, int stride, int dilation, int reach, int way) {
      int found = place;
      boolean hit = false;
      for (int d = 0; d <= reach; d += dilation) {
        if (Math.floorMod(place - d, stride) == 0 && (!hit || way > 0)) {
          found = place - d;
          hit = true;
        }
      }
      return found;
    }

    private Span reduced(Span in, Node.Reduce r) {
      if (r.axes().contains(in.axis())) {
        return whole();
      }
      boolean kept = r.output().shape().rank() == r.x().shape().rank();
      int before = (int) r.axes().stream().filter(a -> a < in.axis()).count();
      return kept ? in : in.onAxis(in.axis() - before);
    }

    private static Span remapped(Span in, Node.Remap r) {
      int[] map = filled(r.maps().get(in.axis()));
      if (map.length == 0) {
        return in;
      }
      double step =
          map.length == 1 ? 1 : (double) (map[map.length - 1] - map[0]) / (map.length - 1);
      // Enlarging to the nearest has a regular step, whatever the rounding does to single indices.
      double regular =
          Math.abs(step - Math.rint(step)) < 1e-9 ? step : (double) in.length() / map.length;
      return in.through(in.axis(), map.length, in.stride() * regular, i -> map[i], i -> map[i]);
    }

    /** Padding counted on as if the array went on. */
    private static int[] filled(int[] map) {
      int[] all = map.clone();
      int first = 0;
      while (first < map.length && map[first] < 0) {
        first++;
      }
      if (first == map.length) {
        return all;
      }
      int step = first + 1 < map.length && map[first + 1] >= 0 ? map[first + 1] - map[first] : 1;
      for (int i = first - 1; i >= 0; i--) {
        all[i] = all[i + 1] - step;
      }
      for (int i = first + 1; i < map.length; i++) {
        all[i] = map[i] < 0 ? all[i - 1] + step : map[i];
      }
      return all;
    }

    private static Span interpolated(Span in, Node.Interpolate node) {
      List<int[]> indices = node.indices();
      double ratio = (double) in.length() / indices.size();
      return in.through(
          in.axis(),
          indices.size(),
          in.stride() * ratio,
          o -> end(indices.get(o), node.weights().get(o), -1),
          o -> end(indices.get(o), node.weights().get(o), 1));
    }

    /** The smallest or largest index that has a weight. */
    private static int end(int[] indices, float[] weights, int way) {
      int end = indices[0];
      boolean found = false;
      for (int i = 0; i < indices.length; i++) {
        if (weights[i] != 0 && (!found || (indices[i] - end) * way > 0)) {
          end = indices[i];
          found = true;
        }
      }
      return end;
    }

    /** An axis may be cut into an outer and an inner one, or be joined with a finer one. */
    private Span reshaped(Span in, Shape from, Shape to) {
      long inner = from.product(in.axis() + 1, from.rank());
      long outer = inner * from.dim(in.axis());
      for (int q = 0; q < to.rank(); q++) {
        long toInner = to.product(q + 1, to.rank());
        if (to.dim(q) > 1 && toInner * to.dim(q) == outer) {
          if (toInner >= inner && toInner % inner == 0) {
            return cut(in, q, to.intDim(q), Math.toIntExact(toInner / inner));
          }
          if (inner % toInner == 0 && !joinsPixels(from, in.axis(), inner / toInner)) {
            int r = Math.toIntExact(inner / toInner);
            return in.through(q, to.intDim(q), in.stride() / r, i -> i / r, i -> i / r);
          }
        }
      }
      return whole();
    }

    private static Span cut(Span in, int axis, int length, int r) {
      return in.through(axis, length, in.stride() * r, i -> i * r, i -> i * r + r - 1);
    }

    /** Rows joined with columns tell neither apart: only blocks of DepthToSpace are joined so. */
    private static boolean joinsPixels(Shape from, int axis, long r) {
      return axis + 1 >= from.rank() || from.dim(axis + 1) != r || from.rank() < 6;
    }

    private @Nullable Span joined(List<Value> inputs, Value output, int along) {
      Span all = null;
      for (Value v : inputs) {
        Span span = spans.get(v);
        if (span != null) {
          Span aligned =
              span.isWhole()
                  ? span
                  : span.onAxis(span.axis() + output.shape().rank() - v.shape().rank());
          all = all == null ? aligned : union(all, aligned);
        }
      }
      boolean mixes = all != null && !all.isWhole() && all.axis() == along;
      return mixes ? whole() : all;
    }

    private Span union(Span a, Span b) {
      if (a.isWhole() || b.isWhole() || a.axis() != b.axis() || !fits(a.length(), b.length())) {
        return whole();
      }
      return a.union(b);
    }

    private static boolean fits(int a, int b) {
      return a == b || a == 1 || b == 1;
    }

    /** Rows of a product come from the left factor, columns from the right; the rest is mixed. */
    private @Nullable Span product(Node.MatMul m) {
      Span a = spans.get(m.a());
      Span b = spans.get(m.b());
      if (a == null && b == null) {
        return null;
      }
      int rank = m.output().shape().rank();
      if (b == null && !a.isWhole() && a.axis() == m.a().shape().rank() - 2) {
        return a.onAxis(rank - 2);
      }
      if (a == null && b != null && !b.isWhole() && b.axis() == m.b().shape().rank() - 1) {
        return b.onAxis(rank - 1);
      }
      return whole();
    }
  }
}
