package io.convlens.graph;

import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
final class ProductOperators {
  private ProductOperators() {}

  static void register(Map<String, Operator> all) {
    all.put("Gemm", ProductOperators::gemm);
    all.put("MatMul", ProductOperators::matMul);
  }

  private static void gemm(NodeReader n) {
    Emitter emit = n.emit();
    Operand a = matrix(n, 0);
    Operand b = matrix(n, 1);
    boolean turned = n.integer("transB", 0) != 0;
    if (n.integer("transA", 0) != 0) {
      a = emit.transpose(a, 1, 0);
    }
    float alpha = n.number("alpha", 1);
    float beta = n.number("beta", 1);
    if (a.shape().dim(1) != b.shape().dim(turned ? 1 : 0)) {
      throw n.refuse("multiplies matrices of shapes " + a.shape() + " and " + b.shape());
    }
    if (b instanceof Operand.Known k && k.array().isFloat() && !(a instanceof Operand.Known)) {
      ConstantArray array = k.array();
      int[] order = {1, 0};
      n.output(linear(n, a, turned ? array : array.transposed(order, emit.owner()), alpha, beta));
      return;
    }
    b = turned ? emit.transpose(b, 1, 0) : b;
    Operand product = product(n, a, b, alpha);
    n.output(n.has(2) ? plusBias(n, product, beta) : product);
  }

  private static Operand matrix(NodeReader n, int input) {
    Operand x = n.input(input);
    if (x.shape().rank() != 2) {
      throw n.refuse("multiplies an array of shape " + x.shape());
    }
    return x;
  }

  private static Operand plusBias(NodeReader n, Operand product, float beta) {
    Operand c = n.emit().activate(n.input(2), new Activation.Affine(beta, 0));
    if (!Emitter.broadcast(product.shape(), c.shape()).equals(product.shape())) {
      throw n.refuse("has a bias of shape " + c.shape() + " for " + product.shape());
    }
    return ElementOperators.arithmetic(n.emit(), Node.BinaryOp.ADD, product, c);
  }

  private static Operand linear(
      NodeReader n, Operand a, ConstantArray rows, float alpha, float beta) {
    Emitter emit = n.emit();
    Owner owner = emit.owner();
    Tensor weights =
        alpha == 1
            ? rows.floats()
            : owner.derived(
                List.of("times", rows.floats(), alpha),
                () -> ConstantArray.floats(rows.shape(), owner, i -> alpha * rows.at(i)).floats());
    long columns = weights.shape().dim(0);
    if (!n.has(2)) {
      return linear(emit, a, weights, null);
    }
    if (n.input(2) instanceof Operand.Known k && k.array().isFloat()) {
      ConstantArray c = k.array();
      long elements = c.shape().size();
      boolean perColumn = c.shape().rank() == 0 || c.shape().dim(-1) == elements;
      if (perColumn && (elements == columns || elements == 1)) {
        Tensor bias =
            ConstantArray.floats(Shape.of(columns), owner, i -> beta * c.at(elements == 1 ? 0 : i))
                .floats();
        return linear(emit, a, weights, bias);
      }
    }
    return plusBias(n, linear(emit, a, weights, null), beta);
  }

  private static Operand linear(Emitter emit, Operand a, Tensor weights, @Nullable Tensor bias) {
    Value x = emit.value(a);
    Emitter.keepApart(a, x.shape().rank() >= 2);
    Shape to = x.shape().with(-1, weights.shape().dim(0));
    return emit.emit(to, List.of(x), y -> new Node.Linear(emit.nodeName(), x, weights, bias, y));
  }

  private static void matMul(NodeReader n) {
    Emitter emit = n.emit();
    Operand a = n.input(0);
    Operand b = n.input(1);
    if (a.shape().rank() == 0 || b.shape().rank() == 0) {
      throw n.refuse("multiplies a single number");
    }
    boolean rowOnly = a.shape().rank() == 1;
    boolean columnOnly = b.shape().rank() == 1;
    a = rowOnly ? emit.reshape(a, Shape.of(1, a.shape().dim(0))) : a;
    b = columnOnly ? emit.reshape(b, Shape.of(b.shape().dim(0), 1)) : b;
    if (a.shape().dim(-1) != b.shape().dim(-2)) {
      throw n.refuse("multiplies arrays of shapes " + a.shape() + " and " + b.shape());
    }
    Operand product;
    if (b instanceof Operand.Known k
        && k.array().isFloat()
        && b.shape().rank() == 2
        && !(a instanceof Operand.Known)) {
      Tensor rows = k.array().transposed(new int[] {1, 0}, emit.owner()).floats();
      product = linear(emit, a, rows, null);
    } else {
      product = product(n, a, b, 1);
    }
    n.output(withoutAddedAxes(emit, product, rowOnly, columnOnly));
  }

  private static Operand withoutAddedAxes(
      Emitter emit, Operand product, boolean row, boolean column) {
    if (!row && !column) {
      return product;
    }
    long[] dims = product.shape().dims();
    int r = dims.length;
    long[] lead = Arrays.copyOf(dims, r - 2);
    long[] rest = row && column ? new long[0] : new long[] {row ? dims[r - 1] : dims[r - 2]};
    long[] all = Arrays.copyOf(lead, lead.length + rest.length);
    System.arraycopy(rest, 0, all, lead.length, rest.length);
    return emit.reshape(product, Shape.of(all));
  }

  private static Operand product(NodeReader n, Operand a, Operand b, float alpha) {
    Emitter emit = n.emit();
    Shape leadA = Shape.of(Arrays.copyOf(a.shape().dims(), a.shape().rank() - 2));
    Shape leadB = Shape.of(Arrays.copyOf(b.shape().dims(), b.shape().rank() - 2));
    Shape lead = Emitter.broadcast(leadA, leadB);
    long[] dims = Arrays.copyOf(lead.dims(), lead.rank() + 2);
    dims[dims.length - 2] = a.shape().dim(-2);
    dims[dims.length - 1] = b.shape().dim(-1);
    Shape to = Shape.of(dims);
    boolean onlyRowsOfA = !Emitter.batched(b) && a.shape().rank() == to.rank();
    Emitter.keepApart(a, onlyRowsOfA || (a.shape().rank() == to.rank() && to.rank() > 2));
    Emitter.keepApart(b, b.shape().rank() == to.rank() && to.rank() > 2);
    Emitter.keepBesides(a, b, to);
    Emitter.keepBesides(b, a, to);
    Value va = emit.value(a);
    Value vb = emit.value(b);
    return emit.emit(to, List.of(va, vb), y -> new Node.MatMul(n.name(), va, vb, alpha, y));
  }
}
