package io.convlens.window;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.graph.Windowing;
import io.convlens.tensor.Shape;
import io.convlens.window.Change.Everything;
import io.convlens.window.Change.Nothing;
import io.convlens.window.Change.Part;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Follows changed rows, or changed columns, of the input through a graph. A changed rectangle is
 * the product of both: what it reaches lies in what its rows reach and in what its columns reach.
 *
 * <p>Through sliding windows, slices, paddings and resizes an interval stays an interval; where
 * branches join it becomes the smallest that holds all; where an axis is mixed as a whole (global
 * pooling, normalisation over the map, dense layers, reshapes that tear it) it becomes {@link
 * Everything}. Never too small, whatever the graph; exact for windows.
 */
public final class ChangeWalk {
  private static final Change NOTHING = new Nothing();
  private static final Change EVERYTHING = new Everything();

  private final Map<Value, Change> changes = new HashMap<>();

  private ChangeWalk() {}

  /**
   * What a change reaches.
   *
   * @param axis the input's axis
   * @param indices the indices along it that change
   * @return an entry for each value of the graph
   */
  public static Map<Value, Change> of(Graph graph, int axis, Interval indices) {
    var walk = new ChangeWalk();
    for (Node node : graph.nodes()) {
      walk.changes.put(
          node.output(), node.output() == graph.input() ? part(axis, indices) : walk.through(node));
    }
    return walk.changes;
  }

  private static Change part(int axis, Interval where) {
    return where.isEmpty() ? NOTHING : new Part(axis, where);
  }

  private Change through(Node node) {
    return switch (node) {
      case Node.Input _, Node.Constant _ -> NOTHING;
      case Node.Binary b -> union(b.inputs().stream().map(v -> broadcast(v, b.output())).toList());
      case Node.Concat c -> concatenated(c);
      case Node.MatMul m -> union(List.of(factor(m, m.a(), 2), factor(m, m.b(), 1)));
      case Node.ActivateGradient a -> union(changes.get(a.gradient()), changes.get(a.x()));
      case Node.PoolGradient p ->
          union(changes.get(p.gradient()), changes.get(p.x())) instanceof Nothing
              ? NOTHING
              : EVERYTHING;
      default ->
          changes.get(node.inputs().getFirst()) instanceof Part in
              ? ofPart(node, in)
              : changes.get(node.inputs().getFirst());
    };
  }

  private static Change ofPart(Node node, Part in) {
    int axis = in.axis();
    return switch (node) {
      case Node.Conv c -> window(in, c.windowing(), c.output());
      case Node.Pool p -> axis == 1 ? in : window(in, p.windowing(), p.output());
      case Node.ConvTranspose c -> transposed(in, c);
      case Node.Lrn _ -> unless(axis == 1, in);
      case Node.GroupNorm _ -> EVERYTHING;
      case Node.LayerNorm n -> unless(axis >= n.axis(), in);
      case Node.Softmax s -> unless(axis >= s.from() && axis < s.to(), in);
      case Node.Linear l -> unless(axis == l.x().shape().rank() - 1, in);
      case Node.Reduce r -> reduced(in, r);
      case Node.Remap r -> picked(in, r.maps().get(axis));
      case Node.Interpolate i -> i.axis() == axis ? interpolated(in, i) : in;
      case Node.Reshape r -> reshaped(in, r.x().shape(), r.output().shape());
      case Node.Transpose t -> new Part(t.order().indexOf(axis), in.where());
      case Node.ChannelAffine _, Node.Activate _, Node.PRelu _ -> in;
      case Node.Input _,
          Node.Constant _,
          Node.Binary _,
          Node.Concat _,
          Node.MatMul _,
          Node.ActivateGradient _,
          Node.PoolGradient _ ->
          throw new IllegalStateException("several inputs or none: " + node.name());
    };
  }

  private static Change unless(boolean mixed, Change in) {
    return mixed ? EVERYTHING : in;
  }

  private static Change window(Part in, Windowing w, Value output) {
    int s = in.axis() - 2;
    if (s < 0) {
      return EVERYTHING;
    }
    return part(
        in.axis(),
        in.where()
            .through(
                w.kernel().get(s),
                w.strides().get(s),
                w.dilations().get(s),
                w.padBegin().get(s),
                output.shape().intDim(in.axis())));
  }

  /** Output o gets input i through tap k where o = i·stride − before + k·dilation. */
  private static Change transposed(Part in, Node.ConvTranspose c) {
    int s = in.axis() - 2;
    if (s < 0) {
      return EVERYTHING;
    }
    Windowing w = c.windowing();
    int stride = w.strides().get(s);
    int reach = (w.kernel().get(s) - 1) * w.dilations().get(s);
    int before = w.padBegin().get(s);
    Interval where = in.where();
    var all =
        new Interval(
            where.from() * stride - before, (where.to() - 1) * stride - before + reach + 1);
    return part(in.axis(), all.clip(c.output().shape().intDim(in.axis())));
  }

  private static Change reduced(Part in, Node.Reduce r) {
    if (r.axes().contains(in.axis())) {
      return EVERYTHING;
    }
    boolean kept = r.output().shape().rank() == r.x().shape().rank();
    int before = (int) r.axes().stream().filter(a -> a < in.axis()).count();
    return kept ? in : new Part(in.axis() - before, in.where());
  }

  private static Change picked(Part in, int[] map) {
    return hits(in.axis(), map.length, o -> in.where().contains(map[o]));
  }

  private static Change interpolated(Part in, Node.Interpolate node) {
    return hits(
        in.axis(),
        node.indices().size(),
        o -> {
          int[] indices = node.indices().get(o);
          float[] weights = node.weights().get(o);
          for (int k = 0; k < indices.length; k++) {
            if (weights[k] != 0 && in.where().contains(indices[k])) {
              return true;
            }
          }
          return false;
        });
  }

  private static Change hits(int axis, int length, IntPredicate hit) {
    Interval all = Interval.EMPTY;
    for (int o = 0; o < length; o++) {
      if (hit.test(o)) {
        all = all.union(new Interval(o, o + 1));
      }
    }
    return part(axis, all);
  }

  /** An axis may be cut into an outer and inner ones, or be the outer of those that are joined. */
  private static Change reshaped(Part in, Shape from, Shape to) {
    long inner = from.product(in.axis() + 1, from.rank());
    long outer = inner * from.dim(in.axis());
    for (int q = 0; q < to.rank(); q++) {
      long toInner = to.product(q + 1, to.rank());
      if (to.dim(q) > 1 && toInner * to.dim(q) == outer) {
        if (toInner % inner == 0) {
          int r = Math.toIntExact(toInner / inner);
          return new Part(q, new Interval(in.where().from() / r, Math.ceilDiv(in.where().to(), r)));
        }
        if (inner % toInner == 0) {
          int r = Math.toIntExact(inner / toInner);
          return new Part(q, new Interval(in.where().from() * r, in.where().to() * r));
        }
      }
    }
    return EVERYTHING;
  }

  private Change broadcast(Value v, Value output) {
    if (!(changes.get(v) instanceof Part p)) {
      return changes.get(v);
    }
    int axis = p.axis() + output.shape().rank() - v.shape().rank();
    boolean repeated = v.shape().dim(p.axis()) != output.shape().dim(axis);
    return repeated ? EVERYTHING : new Part(axis, p.where());
  }

  private Change concatenated(Node.Concat c) {
    Change all = NOTHING;
    int start = 0;
    for (Value v : c.inputs()) {
      Change change = changes.get(v);
      if (change instanceof Part(int axis, Interval where) && axis == c.axis()) {
        change = new Part(axis, where.shift(start));
      }
      all = union(all, change);
      start += v.shape().intDim(c.axis());
    }
    return all;
  }

  /**
   * Rows of a product come from the left factor, columns from the right; the inner axis is mixed.
   */
  private Change factor(Node.MatMul m, Value v, int ownFromEnd) {
    if (!(changes.get(v) instanceof Part p)) {
      return changes.get(v);
    }
    int rank = v.shape().rank();
    boolean leads = p.axis() < rank - 2;
    return leads || p.axis() == rank - ownFromEnd ? broadcast(v, m.output()) : EVERYTHING;
  }

  private static Change union(List<Change> all) {
    return all.stream().reduce(NOTHING, ChangeWalk::union);
  }

  private static Change union(Change a, Change b) {
    if (a instanceof Nothing) {
      return b;
    }
    if (b instanceof Nothing) {
      return a;
    }
    return a instanceof Part p && b instanceof Part q && p.axis() == q.axis()
        ? new Part(p.axis(), p.where().union(q.where()))
        : EVERYTHING;
  }
}
