package io.convlens.evaluation;

import java.util.ArrayList;
import java.util.List;

/** One method's measurements, while they are made. */
final class VerdictBuilder {
  private final Explainer explainer;
  final List<Curve> deletion = new ArrayList<>();
  final List<Curve> insertion = new ArrayList<>();
  final List<Boolean> hits = new ArrayList<>();
  final List<List<Double>> correlations = new ArrayList<>();
  final List<Double> infidelity = new ArrayList<>();
  final List<Double> maxSensitivity = new ArrayList<>();
  final List<Verdict.Stage> stages = new ArrayList<>();

  /** The first pictures' relevance, for the sanity check. */
  final List<PixelMap> kept = new ArrayList<>();

  VerdictBuilder(Explainer explainer) {
    this.explainer = explainer;
  }

  Explainer explainer() {
    return explainer;
  }

  Verdict verdict() {
    return new Verdict(
        explainer.name(),
        explainer.isControl(),
        deletion,
        insertion,
        hits,
        correlations,
        infidelity,
        maxSensitivity,
        stages,
        kept.getFirst());
  }
}
