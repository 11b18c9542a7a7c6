package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that look at elements in another order or under another shape. */
final class ShapeOperators {
  private ShapeOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Reshape", ShapeOperators::reshape);
    all.put("Flatten", ShapeOperators::flatten);
    all.put("Squeeze", ShapeOperators::squeeze);
    all.put("Unsqueeze", ShapeOperators::unsqueeze);
    all.put("Transpose", ShapeOperators::transpose);
    all.put("DepthToSpace", ShapeOperators::depthToSpace);
    all.put("SpaceToDepth", ShapeOperators::spaceToDepth);
    all.put("Identity", n -> n.output(n.input(0)));
    all.put("Dropout", ShapeOperators::dropout);
    all.put("Shape", ShapeOperators::shape);
    all.put(
        "Size",
        n ->
            n.output(
                n.emit()
                    .known(
                        ConstantArray.of(
                            ElementType.INT64, Shape.SCALAR, n.input(0).shape().size()))));
  }

  private static void reshape(NodeReader n) {
    Operand x = n.input(0);
    long[] wish =
        n.has(1)
            ? n.integers(1, "a shape")
            : n.integers("shape").orElseThrow(() -> n.refuse("lacks its shape"));
    boolean zeroIsZero = n.integer("allowzero", 0) != 0;
    int free = -1;
    for (int i = 0; i < wish.length; i++) {
      if (wish[i] == 0 && !zeroIsZero) {
        if (i >= x.shape().rank()) {
          throw n.refuse("keeps axis " + i + " of an array of shape " + x.shape());
        }
        wish[i] = x.shape().dim(i);
      }
      if (wish[i] == -1 && free < 0) {
        free = i;
      } else if (wish[i] < 0) {
        throw n.refuse("has shape " + Arrays.toString(wish));
      }
    }
    if (free >= 0) {
      wish[free] = 1;
      long known = Shape.of(wish).size();
      wish[free] = known == 0 ? 0 : x.shape().size() / known;
    }
    n.output(n.emit().reshape(x, Shape.of(wish)));
  }

  private static void flatten(NodeReader n) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    long axis = n.integer("axis", 1);
    int at = axis == rank ? rank : n.axis(axis, rank);
    n.output(n.emit().reshape(x, Shape.of(x.shape().product(0, at), x.shape().product(at, rank))));
  }

  private static void squeeze(NodeReader n) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    List<Integer> axes =
        n.axes(1)
            .map(a -> Arrays.stream(a).mapToObj(i -> n.axis(i, rank)).toList())
            .orElseGet(
                () -> IntStream.range(0, rank).filter(i -> x.shape().dim(i) == 1).boxed().toList());
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      if (!axes.contains(i)) {
        dims.add(x.shape().dim(i));
      } else if (x.shape().dim(i) != 1) {
        throw n.refuse("drops axis " + i + " of an array of shape " + x.shape());
      }
    }
    n.output(n.emit().reshape(x, Shape.of(dims)));
  }

  private static void unsqueeze(NodeReader n) {
    Operand x = n.input(0);
    long[] wish = n.axes(1).orElseThrow(() -> n.refuse("lacks its axes"));
    int rank = x.shape().rank() + wish.length;
    List<Integer> axes = Arrays.stream(wish).mapToObj(i -> n.axis(i, rank)).distinct().toList();
    if (axes.size() != wish.length) {
      throw n.refuse("adds an axis twice: " + Arrays.toString(wish));
    }
    List<Long> dims = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < rank; i++) {
      dims.add(axes.contains(i) ? 1 : x.shape().dim(from++));
    }
    n.output(n.emit().reshape(x, Shape.of(dims)));
  }

  private static void transpose(NodeReader n) {
    Operand x = n.input(0);
    int rank = x.shape().rank();
    long[] wish =
        n.integers("perm")
            .orElseGet(() -> IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray());
    int[] order = Arrays.stream(wish).mapToInt(i -> n.axis(i, rank)).toArray();
    if (order.length != rank || Arrays.stream(order).distinct().count() != rank) {
      throw n.refuse("has perm " + Arrays.toString(wish) + " for " + rank + " axes");
    }
    n.output(n.emit().transpose(x, order));
  }

  private static int block(NodeReader n, Shape x) {
    long block = n.integer("blocksize", 0);
    if (x.rank() != 4 || block < 1 || block > 1 << 15) {
      throw n.refuse("has blocksize " + block + " for an array of shape " + x);
    }
    return (int) block;
  }

  private static void depthToSpace(NodeReader n) {
    Operand x = n.input(0);
    int b = block(n, x.shape());
    long[] d = x.shape().dims();
    if (d[1] % ((long) b * b) != 0) {
      throw n.refuse("has blocksize " + b + " for " + d[1] + " channels");
    }
    long c = d[1] / b / b;
    boolean columnsFirst = n.text("mode", "DCR").equals("DCR");
    Emitter emit = n.emit();
    Operand split =
        emit.reshape(
            x,
            columnsFirst
                ? Shape.of(d[0], b, b, c, d[2], d[3])
                : Shape.of(d[0], c, b, b, d[2], d[3]));
    Operand turned =
        columnsFirst
            ? emit.transpose(split, 0, 3, 4, 1, 5, 2)
            : emit.transpose(split, 0, 1, 4, 2, 5, 3);
    n.output(emit.reshape(turned, Shape.of(d[0], c, d[2] * b, d[3] * b)));
  }

  private static void spaceToDepth(NodeReader n) {
    Operand x = n.input(0);
    int b = block(n, x.shape());
    long[] d = x.shape().dims();
    if (d[2] % b != 0 || d[3] % b != 0) {
      throw n.refuse("has blocksize " + b + " for an array of shape " + x.shape());
    }
    Emitter emit = n.emit();
    Operand split = emit.reshape(x, Shape.of(d[0], d[1], d[2] / b, b, d[3] / b, b));
    Operand turned = emit.transpose(split, 0, 3, 5, 1, 2, 4);
    n.output(emit.reshape(turned, Shape.of(d[0], d[1] * b * b, d[2] / b, d[3] / b)));
  }

  /** At inference, everything passes. */
  private static void dropout(NodeReader n) {
    if (n.has(2) && n.constant(2, "a training mode").at(0) != 0) {
      throw n.refuse("is in training mode");
    }
    Operand x = n.input(0);
    n.output(x);
    if (n.wants(1)) {
      n.output(1, n.emit().known(ConstantArray.wholes(ElementType.BOOL, x.shape(), _ -> 1)));
    }
  }

  private static void shape(NodeReader n) {
    Shape x = n.input(0).shape();
    int from = clamped(n.integer("start", 0), x.rank());
    int to = clamped(n.integer("end", x.rank()), x.rank());
    long[] dims = from < to ? Arrays.copyOfRange(x.dims(), from, to) : new long[0];
    n.output(n.emit().known(ConstantArray.int64s(dims)));
  }

  private static int clamped(long axis, int rank) {
    return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
  }
}
