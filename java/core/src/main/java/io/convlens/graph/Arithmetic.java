package io.convlens.graph;

import io.convlens.tensor.Shape;
import java.util.List;

/** Arithmetic on arrays that are known beforehand; whole numbers stay whole, as in C. */
final class Arithmetic {
  private Arithmetic() {}

  static ConstantArray fold(
      Node.BinaryOp op, ConstantArray a, ConstantArray b, Shape to, Owner owner) {
    if (a.isFloat() || b.isFloat()) {
      return ConstantArray.floats(
          to, owner, i -> apply(op, a.at(a.broadcastIndex(to, i)), b.at(b.broadcastIndex(to, i))));
    }
    return ConstantArray.wholes(
        a.type(),
        to,
        i -> apply(op, a.integer(a.broadcastIndex(to, i)), b.integer(b.broadcastIndex(to, i))));
  }

  static double apply(Node.BinaryOp op, double a, double b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case POW -> Math.pow(a, b);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
    };
  }

  private static long apply(Node.BinaryOp op, long a, long b) {
    return switch (op) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> {
        if (b == 0) {
          throw new RefusedNodeException("divides by zero");
        }
        yield a / b;
      }
      case POW -> (long) Math.pow((double) a, (double) b);
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
    };
  }

  /** A reduction to a shape in which the reduced axes have extent 1. */
  static ConstantArray reduce(
      Node.ReduceKind kind, ConstantArray x, List<Integer> axes, Shape kept, Owner owner) {
    double[] out = new double[Math.toIntExact(kept.size())];
    java.util.Arrays.fill(out, start(kind));
    long[] strides = kept.strides();
    for (int axis : axes) {
      strides[axis] = 0;
    }
    for (long i = 0; i < x.shape().size(); i++) {
      long rest = i;
      long at = 0;
      for (int axis = kept.rank() - 1; axis >= 0; axis--) {
        at += rest % x.shape().dim(axis) * strides[axis];
        rest /= x.shape().dim(axis);
      }
      out[(int) at] = add(kind, out[(int) at], x.at(i));
    }
    double count = (double) x.shape().size() / Math.max(1, kept.size());
    if (x.isFloat()) {
      return ConstantArray.floats(kept, owner, i -> finish(kind, out[(int) i], count));
    }
    return ConstantArray.wholes(x.type(), kept, i -> (long) finish(kind, out[(int) i], count));
  }

  private static double start(Node.ReduceKind kind) {
    return switch (kind) {
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
      case PROD -> 1;
      default -> 0;
    };
  }

  private static double add(Node.ReduceKind kind, double sum, double x) {
    return switch (kind) {
      case SUM, MEAN, LOG_SUM -> sum + x;
      case MAX -> Math.max(sum, x);
      case MIN -> Math.min(sum, x);
      case PROD -> sum * x;
      case L1 -> sum + Math.abs(x);
      case L2, SUM_SQUARE -> sum + x * x;
      case LOG_SUM_EXP -> sum + Math.exp(x);
    };
  }

  private static double finish(Node.ReduceKind kind, double sum, double count) {
    return switch (kind) {
      case MEAN -> sum / count;
      case L2 -> Math.sqrt(sum);
      case LOG_SUM, LOG_SUM_EXP -> Math.log(sum);
      default -> sum;
    };
  }
}
