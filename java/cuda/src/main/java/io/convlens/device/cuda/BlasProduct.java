package io.convlens.device.cuda;

import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.Precision;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import java.util.List;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Products of matrices by cuBLAS. It counts columns first, so what it is asked for is dstᵀ = bᵀ·aᵀ.
 * Bias and what follows are computed by our kernel in place.
 */
final class BlasProduct {
  private final Blas blas;
  private final KernelPlan plan;
  private final Spec.MatMul spec;

  private BlasProduct(Blas blas, KernelPlan plan, Spec.MatMul spec) {
    this.blas = blas;
    this.plan = plan;
    this.spec = spec;
  }

  static List<Candidate> candidates(Blas blas, Spec.MatMul s) {
    long results = (long) s.batch() * s.rows() * s.columns();
    return results == 0 || s.inner() == 0
        ? List.of()
        : List.of(new Candidate("cublas", plan -> new BlasProduct(blas, plan, s).plan()));
  }

  /** A convolution that is a product: one tap, every place, dense maps. */
  static List<Candidate> candidates(Blas blas, Spec.Conv s) {
    var one = new Window3.Axes(1, 1, 1);
    var none = new Window3.Axes(0, 0, 0);
    MapShape x = s.src();
    boolean is =
        s.window().kernel().equals(one)
            && s.window().stride().equals(one)
            && s.window().padBegin().equals(none)
            && s.groups() == 1
            && x.isDense()
            && s.dst().isDense()
            && x.places() == s.dst().places()
            && x.places() > 0
            && x.places() <= Integer.MAX_VALUE;
    if (!is) {
      return List.of();
    }
    return candidates(
        blas,
        new Spec.MatMul(
            1,
            1,
            1,
            (int) x.places(),
            x.c(),
            s.dst().c(),
            1,
            s.weights(),
            false,
            s.bias(),
            s.posts()));
  }

  private void plan() {
    Place a = plan.operand((long) spec.batchA() * spec.rows() * spec.inner());
    Place b =
        spec.weights() == null
            ? plan.operand((long) spec.batchB() * spec.inner() * spec.columns())
            : plan.constant(spec.weights());
    MapShape map = MapShape.dense(spec.batch(), 1, 1, spec.rows(), spec.columns());
    PostChain posts = PostChain.of(plan, spec.posts(), map.places(), spec.columns());
    Place dst = plan.operand(map.span());
    FloatPointer alpha = plan.resource(new FloatPointer(spec.alpha()));
    FloatPointer zero = plan.resource(new FloatPointer(0f));
    if (spec.batch() == 1) {
      plan.add(new NvidiaStage("cublasGemmEx", o -> one(o, a, b, dst, alpha, zero)));
    } else {
      plan.add(new NvidiaStage("cublasSgemmStridedBatched", o -> many(o, a, b, dst, alpha, zero)));
    }
    if (spec.bias() != null || !posts.isEmpty()) {
      MapKernels.affine(plan, map, dst, Place.NONE, plan.constant(spec.bias()), map, dst, posts);
    }
  }

  private int orderOfB() {
    return spec.turned() ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
  }

  private int leadOfB() {
    return spec.turned() ? spec.inner() : spec.columns();
  }

  private Launch one(long[] o, Place a, Place b, Place dst, FloatPointer alpha, FloatPointer zero) {
    var pa = DevicePointer.floats(a.in(o));
    var pb = DevicePointer.floats(b.in(o));
    var pd = DevicePointer.floats(dst.in(o));
    if (plan.precision() == Precision.FP32) {
      return () ->
          blas.check(
              "cublasSgemm",
              cublas.cublasSgemm_v2(
                  blas.handle(),
                  orderOfB(),
                  cublas.CUBLAS_OP_N,
                  spec.columns(),
                  spec.rows(),
                  spec.inner(),
                  alpha,
                  pb,
                  leadOfB(),
                  pa,
                  spec.inner(),
                  zero,
                  pd,
                  spec.columns()),
              plan.problem());
    }
    int type = cudart.CUDA_R_32F;
    return () ->
        blas.check(
            "cublasGemmEx",
            cublas.cublasGemmEx(
                blas.handle(),
                orderOfB(),
                cublas.CUBLAS_OP_N,
                spec.columns(),
                spec.rows(),
                spec.inner(),
                alpha,
                pb,
                type,
                leadOfB(),
                pa,
                type,
                spec.inner(),
                zero,
                pd,
                type,
                spec.columns(),
                Blas.computeType(plan.precision()),
                cublas.CUBLAS_GEMM_DEFAULT),
            plan.problem());
  }

  private Launch many(
      long[] o, Place a, Place b, Place dst, FloatPointer alpha, FloatPointer zero) {
    var pa = DevicePointer.floats(a.in(o));
    var pb = DevicePointer.floats(b.in(o));
    var pd = DevicePointer.floats(dst.in(o));
    long stepA = spec.batchA() == 1 ? 0 : (long) spec.rows() * spec.inner();
    long stepB = spec.batchB() == 1 ? 0 : (long) spec.inner() * spec.columns();
    return () ->
        blas.check(
            "cublasSgemmStridedBatched",
            cublas.cublasSgemmStridedBatched(
                blas.handle(),
                orderOfB(),
                cublas.CUBLAS_OP_N,
                spec.columns(),
                spec.rows(),
                spec.inner(),
                alpha,
                pb,
                leadOfB(),
                stepB,
                pa,
                spec.inner(),
                stepA,
                zero,
                pd,
                spec.columns(),
                (long) spec.rows() * spec.columns(),
                spec.batch()),
            plan.problem());
  }
}
