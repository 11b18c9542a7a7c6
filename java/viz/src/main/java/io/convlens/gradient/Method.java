package io.convlens.gradient;

import io.convlens.graph.GradientRule;
import java.util.Locale;

/** How a score is shared out. */
public enum Method {
  /** The score's gradient (Simonyan et al. 2013). */
  GRADIENT,
  /** The gradient times the input. */
  INPUT_X_GRADIENT,
  /** The mean gradient over noisy copies of the input (Smilkov et al. 2017). */
  SMOOTHGRAD,
  /** The variance of the gradient over noisy copies of the input (Adebayo et al. 2018). */
  VARGRAD,
  /**
   * The mean gradient on the straight way from a baseline, times the way (Sundararajan et al.
   * 2017).
   */
  INTEGRATED_GRADIENTS,
  /** The mean of that over a set of baselines and random places (Erion et al. 2021). */
  EXPECTED_GRADIENTS,
  /** The difference to a baseline, by slopes between both (Shrikumar et al. 2017, rescale rule). */
  DEEPLIFT,
  /** The score, shared out layer by layer in proportion (Bach et al. 2015, ε rule). */
  LRP_EPSILON,
  /** What of integrated gradients flows through a layer's elements (Dhamdhere et al. 2018). */
  CONDUCTANCE,
  /** ReLUs pass what is positive (Zeiler and Fergus 2013). */
  DECONVNET,
  /** Open ReLUs pass what is positive (Springenberg et al. 2014). */
  GUIDED_BACKPROP,
  /** A layer's channels weighted by their mean gradients (Selvaraju et al. 2017). */
  GRAD_CAM,
  /** A layer's channels weighted by weighted positive gradients (Chattopadhay et al. 2018). */
  GRAD_CAM_PLUS_PLUS,
  /** A layer's elements weighted by their own positive gradients (Jiang et al. 2021). */
  LAYER_CAM,
  /** A layer's channels weighted by the scores of inputs that they mask (Wang et al. 2020). */
  SCORE_CAM,
  /** Guided backpropagation times Grad-CAM's positive part, enlarged to the nearest. */
  GUIDED_GRAD_CAM;

  /** What ReLU-like activations do to the gradient with respect to the input. */
  GradientRule rule() {
    return switch (this) {
      case DECONVNET -> GradientRule.DECONVNET;
      case GUIDED_BACKPROP, GUIDED_GRAD_CAM -> GradientRule.GUIDED;
      default -> GradientRule.GRADIENT;
    };
  }

  /** Whether it weighs a layer's channels. */
  public boolean readsChannels() {
    return switch (this) {
      case GRAD_CAM, GRAD_CAM_PLUS_PLUS, LAYER_CAM, SCORE_CAM, GUIDED_GRAD_CAM -> true;
      default -> false;
    };
  }

  /** Whether its result is a layer's map of one channel. */
  public boolean isCam() {
    return readsChannels() && this != GUIDED_GRAD_CAM;
  }

  /**
   * Whether its numbers are slopes, to be multiplied by a change of the input, rather than shares
   * of the score.
   */
  public boolean isSlope() {
    return switch (this) {
      case GRADIENT, SMOOTHGRAD, DECONVNET, GUIDED_BACKPROP, GUIDED_GRAD_CAM -> true;
      default -> false;
    };
  }

  /** Whether it can share the score out among a layer's elements instead of the input's. */
  boolean takesLayer() {
    return switch (this) {
      case SMOOTHGRAD, VARGRAD, INTEGRATED_GRADIENTS, EXPECTED_GRADIENTS -> false;
      default -> true;
    };
  }

  /** The word of the command line and of JSON. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace("_plus_plus", "++").replace('_', '-');
  }
}
