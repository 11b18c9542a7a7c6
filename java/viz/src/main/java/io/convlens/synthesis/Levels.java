package io.convlens.synthesis;

/**
 * A picture of whole levels of 0..255 and its changes within a limit. What a file of 8 bits can
 * hold is what is looked at: the change itself is kept unrounded, so that small steps add up.
 */
final class Levels {
  private static final int WHITE = 255;

  /** Halvings of the share of a change that fits the limit: as fine as a double needs. */
  private static final int HALVINGS = 40;

  private final float[] original;
  private final double[] change;
  private final FoolOptions options;

  Levels(float[] original, FoolOptions options) {
    this.original = original;
    this.change = new double[original.length];
    this.options = options;
  }

  /** Goes a step against a gradient and back into the limit (Madry et al. 2018). */
  void step(float[] gradient) {
    switch (options.norm()) {
      case LINF -> {
        for (int i = 0; i < change.length; i++) {
          double moved = change[i] - options.stepSize() * Math.signum(gradient[i]);
          change[i] = inside(i, Math.clamp(moved, -options.epsilon(), options.epsilon()));
        }
      }
      case L2 -> {
        double size = norm(gradient);
        if (size > 0) {
          for (int i = 0; i < change.length; i++) {
            change[i] = inside(i, change[i] - options.stepSize() * gradient[i] / size);
          }
          shrink(Math.min(1, options.epsilon() / norm(change)));
        }
      }
    }
  }

  private double inside(int i, double moved) {
    return Math.clamp(moved, -original[i], WHITE - original[i]);
  }

  private void shrink(double share) {
    for (int i = 0; i < change.length; i++) {
      change[i] *= share;
    }
  }

  private static double norm(float[] numbers) {
    double sum = 0;
    for (float v : numbers) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  private static double norm(double[] numbers) {
    double sum = 0;
    for (double v : numbers) {
      sum += v * v;
    }
    return Math.sqrt(sum);
  }

  /** The changed picture in whole levels, within the limit. */
  float[] rounded() {
    if (options.norm() == FoolOptions.Norm.LINF) {
      double most = Math.floor(options.epsilon());
      float[] rounded = new float[change.length];
      for (int i = 0; i < change.length; i++) {
        rounded[i] = (float) (original[i] + Math.clamp(Math.rint(change[i]), -most, most));
      }
      return rounded;
    }
    // Rounding can lengthen a change. A smaller share of it never rounds to more.
    double fits = 1;
    if (roundedNorm(1) > options.epsilon()) {
      double tooMuch = 1;
      fits = 0;
      for (int k = 0; k < HALVINGS; k++) {
        double middle = (fits + tooMuch) / 2;
        if (roundedNorm(middle) > options.epsilon()) {
          tooMuch = middle;
        } else {
          fits = middle;
        }
      }
    }
    float[] rounded = new float[change.length];
    for (int i = 0; i < change.length; i++) {
      rounded[i] = (float) (original[i] + Math.rint(fits * change[i]));
    }
    return rounded;
  }

  private double roundedNorm(double share) {
    double sum = 0;
    for (double c : change) {
      double whole = Math.rint(share * c);
      sum += whole * whole;
    }
    return Math.sqrt(sum);
  }
}
