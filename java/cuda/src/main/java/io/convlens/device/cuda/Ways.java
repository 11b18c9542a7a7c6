package io.convlens.device.cuda;

import io.convlens.device.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The ways in which an operation can be computed, the one that is usually best first. */
final class Ways {
  private final Optional<Dnn> dnn;
  private final Optional<Blas> blas;

  Ways(Optional<Dnn> dnn, Optional<Blas> blas) {
    this.dnn = dnn;
    this.blas = blas;
  }

  List<Candidate> of(Spec spec) {
    List<Candidate> libraries = new ArrayList<>();
    switch (spec) {
      case Spec.Conv s -> {
        blas.ifPresent(b -> libraries.addAll(BlasProduct.candidates(b, s)));
        dnn.ifPresent(d -> libraries.addAll(DnnConvolution.candidates(d, s)));
      }
      case Spec.ConvTranspose s ->
          dnn.ifPresent(d -> libraries.addAll(DnnDeconvolution.candidates(d, s)));
      case Spec.MatMul s -> blas.ifPresent(b -> libraries.addAll(BlasProduct.candidates(b, s)));
      case Spec.Pool s -> dnn.ifPresent(d -> libraries.addAll(DnnElementwise.candidates(d, s)));
      case Spec.Lrn s -> dnn.ifPresent(d -> libraries.addAll(DnnElementwise.candidates(d, s)));
      case Spec.Softmax s -> dnn.ifPresent(d -> libraries.addAll(DnnElementwise.candidates(d, s)));
      default -> {}
    }
    List<Candidate> all = new ArrayList<>(libraries);
    // cuDNN is slow at convolutions that mix no channels, and no faster than memory elsewhere.
    boolean ownFirst =
        spec instanceof Spec.Conv s
            ? s.groups() == s.src().c()
            : !(spec instanceof Spec.MatMul) && !(spec instanceof Spec.ConvTranspose);
    all.add(ownFirst ? 0 : all.size(), Candidate.own(plan -> OwnKernels.plan(plan, spec)));
    return all;
  }
}
