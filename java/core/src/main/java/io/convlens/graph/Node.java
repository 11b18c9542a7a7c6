package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation. Attributes are resolved (defaults filled in, negative axes counted from the front,
 * shapes known), so that no reader of a node needs ONNX's rules. Axes are those of the ONNX shape.
 *
 * <p>Tensors in nodes belong to the {@link Model}, in ONNX's layout; they are read, never written.
 */
public sealed interface Node {
  /** The ONNX node's name that this node comes from, for messages. */
  String name();

  /** What it produces. */
  Value output();

  /** What flows in, in order; constants that the node holds itself are not among them. */
  List<Value> inputs();

  /** What comes in from outside: {@code [N,C,H,W]} for a picture. */
  record Input(String name, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of();
    }
  }

  /** An array known beforehand that other nodes take as an operand. */
  record Constant(String name, Tensor data, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of();
    }
  }

  /**
   * Convolution (cross-correlation) over 1 to 3 spatial axes.
   *
   * @param x {@code [N, C, spatial...]}
   * @param weights {@code [M, C/groups, kernel...]}
   * @param bias {@code [M]}, or none
   */
  record Conv(
      String name,
      Value x,
      Tensor weights,
      @Nullable Tensor bias,
      Windowing windowing,
      int groups,
      Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Transposed convolution: the gradient of a convolution with respect to its input. Output o gets
   * input i through tap k where {@code o = i*stride - padBegin + k*dilation}. The windowing is that
   * of the convolution from output to input.
   *
   * @param x {@code [N, C, spatial...]}
   * @param weights {@code [C, M/groups, kernel...]}
   * @param bias {@code [M]}, or none
   */
  record ConvTranspose(
      String name,
      Value x,
      Tensor weights,
      @Nullable Tensor bias,
      Windowing windowing,
      int groups,
      Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** What a pooling window's values become. */
  enum PoolKind {
    MAX,
    /** The mean over the taps inside the picture. */
    AVERAGE,
    /** The mean over taps inside the picture and in the file's own padding. */
    AVERAGE_WITH_PADDING,
    /** (Σ|x|^p)^(1/p). */
    LP
  }

  /**
   * Pooling over the spatial axes.
   *
   * @param filePadEnd the padding after the last element that the file gives: what {@code
   *     AVERAGE_WITH_PADDING} counts, where {@code windowing.padEnd()} hangs over further
   * @param p the norm's order, for {@code LP}
   */
  record Pool(
      String name,
      Value x,
      PoolKind kind,
      Windowing windowing,
      List<Integer> filePadEnd,
      int p,
      Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** scale·x + shift a channel (axis 1): batch normalisation at inference. Tensors {@code [C]}. */
  record ChannelAffine(String name, Value x, Tensor scale, Tensor shift, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Local response normalisation across channels: x / (bias + alpha/size · Σ x²)^beta over channels
   * c − floor((size−1)/2) to c + ceil((size−1)/2).
   */
  record Lrn(String name, Value x, int size, float alpha, float beta, float bias, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Instance and group normalisation: each picture's channels fall into {@code groups} runs; each
   * run is shifted and scaled to mean 0 and variance 1 over its channels and all places, then
   * scaled and shifted a channel. Instance normalisation has as many groups as channels.
   *
   * @param scale {@code [C]}
   * @param shift {@code [C]}
   */
  record GroupNorm(
      String name, Value x, int groups, float epsilon, Tensor scale, Tensor shift, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Layer normalisation over the axes from {@code axis} on, jointly.
   *
   * @param scale of as many elements as those axes, row-major
   * @param shift likewise, or none
   */
  record LayerNorm(
      String name,
      Value x,
      int axis,
      float epsilon,
      Tensor scale,
      @Nullable Tensor shift,
      Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** An activation on each element. */
  record Activate(String name, Value x, Activation function, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** x where x ≥ 0, else slope·x; the slope broadcasts to x. */
  record PRelu(String name, Value x, Tensor slope, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** The functions of two numbers. */
  enum BinaryOp {
    ADD,
    SUB,
    MUL,
    DIV,
    POW,
    MIN,
    MAX
  }

  /** A function of two numbers, element by element, with ONNX's broadcasting. */
  record Binary(String name, BinaryOp op, Value a, Value b, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }
  }

  /**
   * A fully connected layer: y = x·weightsᵀ + bias over the last axis of x.
   *
   * @param x {@code [..., K]}
   * @param weights {@code [M, K]}
   * @param bias {@code [M]}, or none
   */
  record Linear(String name, Value x, Tensor weights, @Nullable Tensor bias, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Matrix product of two computed arrays, leading axes broadcast, both of rank 2 or more: {@code
   * [..., I, K]} times {@code [..., K, J]} gives {@code [..., I, J]}, times alpha.
   */
  record MatMul(String name, Value a, Value b, float alpha, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }
  }

  /** Arrays one after another along an axis. */
  record Concat(String name, List<Value> inputs, int axis, Value output) implements Node {
    /** Copies the list. */
    public Concat {
      inputs = List.copyOf(inputs);
    }
  }

  /**
   * Each output element is one input element or the fill: {@code y[i0, i1, ...] = x[maps[0][i0],
   * maps[1][i1], ...]}, and the fill where a map holds −1. Slice, Split, Pad, Expand, Tile, Gather
   * along one axis with constant indices, and Resize to the nearest are all of this form.
   *
   * @param maps one an axis of x, as long as the output's extent
   */
  record Remap(String name, Value x, List<int[]> maps, float fill, Value output) implements Node {
    /** Copies the list. */
    public Remap {
      maps = List.copyOf(maps);
    }

    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * Interpolation along one axis: output o is Σₖ weights[o][k] · x[indices[o][k]]. A resize over
   * several axes is a chain of these.
   *
   * @param indices one row an output element, all of one length
   * @param weights of the same form
   */
  record Interpolate(
      String name, Value x, int axis, List<int[]> indices, List<float[]> weights, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** The same elements in row-major (ONNX) order under another shape. */
  record Reshape(String name, Value x, Value output) implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** Output axis i is input axis {@code order.get(i)}. */
  record Transpose(String name, Value x, List<Integer> order, Value output) implements Node {
    /** Copies the list. */
    public Transpose {
      order = List.copyOf(order);
    }

    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /**
   * exp(x)/Σexp(x), or its logarithm, over the axes {@code from} to {@code to} (exclusive) jointly.
   */
  record Softmax(String name, Value x, int from, int to, boolean log, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }
  }

  /** What a reduction computes. */
  enum ReduceKind {
    SUM,
    MEAN,
    MAX,
    MIN,
    PROD,
    /** Σ|x|. */
    L1,
    /** √Σx². */
    L2,
    SUM_SQUARE,
    LOG_SUM,
    LOG_SUM_EXP
  }

  /**
   * A reduction over axes (ascending); the output's shape says whether they are kept with extent 1.
   */
  record Reduce(String name, Value x, ReduceKind kind, List<Integer> axes, Value output)
      implements Node {
    /** Copies the list. */
    public Reduce {
      axes = List.copyOf(axes);
    }

    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    /** The output's shape if the reduced axes were kept with extent 1. */
    public Shape keptShape() {
      Shape s = x.shape();
      for (int a : axes) {
        s = s.with(a, 1);
      }
      return s;
    }
  }

  /**
   * The gradient through an activation: the incoming gradient times the function's derivative, or
   * what a rule makes of it.
   *
   * @param gradient with respect to the activation's output
   * @param x the activation's input, or its output where {@link Activation#derivativeFromOutput}
   */
  record ActivateGradient(
      String name, Value gradient, Value x, Activation function, GradientRule rule, Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(gradient, x);
    }
  }

  /**
   * The gradient through a {@link Pool}: to the first largest element of each window in row-major
   * order, or shared among a window's elements as the pooling takes them.
   *
   * @param gradient with respect to the pooling's output
   * @param x the pooling's input
   */
  record PoolGradient(
      String name,
      Value gradient,
      Value x,
      PoolKind kind,
      Windowing windowing,
      List<Integer> filePadEnd,
      int p,
      Value output)
      implements Node {
    @Override
    public List<Value> inputs() {
      return List.of(gradient, x);
    }
  }
}
