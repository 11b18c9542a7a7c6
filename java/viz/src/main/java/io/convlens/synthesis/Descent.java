package io.convlens.synthesis;

import java.util.SplittableRandom;

/**
 * One picture on its way to a code. What is made small is that of Mahendran and Vedaldi 2015: the
 * squared distance of the codes as a share of the code's square, an α-norm that keeps the picture
 * from going too far from grey, and the total variation. As there, both are means over pixels, of
 * brightness in units of half the way from black to white, and the variation's slope in units of
 * what is usual in photographs, so that weights of about 1 mean the same for every network.
 */
final class Descent {
  private static final float GREY = 0.5f;

  /** Half the way from black to white, per brightness 1. */
  private static final double HALVES = 2;

  /** Slopes of photographs are about the brightness's reach through 6.5, in the paper's words. */
  private static final double USUAL_SLOPE = 1 / 6.5;

  private final InvertOptions options;
  private final Planes planes;
  private final Octaves octaves;
  private float[] picture;

  Descent(PictureSpace space, InvertOptions options) {
    this.options = options;
    this.planes = new Planes(space.height(), space.width());
    this.octaves = new Octaves(planes, space.size(), options.bands());
    var random = new SplittableRandom(options.seed());
    for (int i = 0; i < space.size(); i++) {
      octaves.add(i, options.noise() * (2 * random.nextDouble() - 1));
    }
    this.picture = octaves.picture();
  }

  /** The picture, from 0 to 1. */
  float[] picture() {
    return picture;
  }

  /**
   * Goes down a step.
   *
   * @param ofCodes the gradient of the distance of the codes; used up
   */
  void descend(float[] ofCodes, int step) {
    if (options.size() > 0) {
      addSize(ofCodes);
    }
    if (options.variation() > 0) {
      addVariation(ofCodes);
    }
    stopAtTheEnds(ofCodes);
    octaves.step(ofCodes, options.rate() * shorter(step));
    picture = octaves.picture();
  }

  /** What is black can't become blacker, nor white whiter. */
  private void stopAtTheEnds(float[] gradient) {
    for (int i = 0; i < gradient.length; i++) {
      if (gradient[i] > 0 ? picture[i] == 0 : picture[i] == 1) {
        gradient[i] = 0;
      }
    }
  }

  /** Steps become shorter along half a cosine, so that the picture settles. */
  private double shorter(int step) {
    return 0.5 * (1 + Math.cos(Math.PI * step / options.steps()));
  }

  private void addSize(float[] gradient) {
    double weight = options.size() * options.alpha() * HALVES / picture.length;
    for (int i = 0; i < gradient.length; i++) {
      double off = HALVES * (picture[i] - GREY);
      gradient[i] +=
          (float) (weight * Math.signum(off) * Math.pow(Math.abs(off), options.alpha() - 1));
    }
  }

  private void addVariation(float[] gradient) {
    double units = Math.pow(HALVES / USUAL_SLOPE, options.beta());
    double weight = options.variation() * units / picture.length;
    float[] slope = planes.variationGradient(picture, options.beta());
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] += (float) (weight * slope[i]);
    }
  }
}
