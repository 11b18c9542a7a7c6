package io.convlens.synthesis;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One picture on its way up. A step: the gradient of a random view of it, split into octaves of
 * detail that are made equally strong (as the Laplacian pyramid of DeepDream does, Mordvintsev et
 * al. 2015; here the transform with holes), and then the regularisers of Yosinski et al. 2015. Grey
 * has the place that the mean picture has there.
 */
final class Ascent {
  private static final int COLOURS = 3;
  private static final float GREY = 0.5f;

  /** The last part of the steps, in which they become shorter, so that the picture settles. */
  private static final double SETTLING = 0.25;

  private final PictureSpace space;
  private final MaximizeOptions options;
  private final Planes planes;
  private final SplittableRandom random;
  private float[] picture;
  private Warp warp;
  private boolean moved;

  Ascent(PictureSpace space, MaximizeOptions options) {
    this.space = space;
    this.options = options;
    this.planes = new Planes(space.height(), space.width());
    // Every picture has the same draws: it does not depend on which others are made with it.
    this.random = new SplittableRandom(options.seed());
    this.picture = new float[space.size()];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) (GREY + options.noise() * (2 * random.nextDouble() - 1));
    }
    this.warp = draw();
  }

  private Warp draw() {
    return Warp.draw(
        space.height(), space.width(), options.jitter(), options.zoom(), options.turn(), random);
  }

  /** The picture, from 0 to 1. */
  float[] picture() {
    return picture;
  }

  /** Whether any step had a gradient. */
  boolean moved() {
    return moved;
  }

  /** A new view of the picture, for the network. */
  float[] view() {
    warp = draw();
    return warp.view(picture);
  }

  /**
   * Goes up a step.
   *
   * @param ofView the gradient with respect to the view
   */
  void climb(float[] ofView, int step) {
    float[] gradient = warp.back(ofView);
    float[] way = options.bands() > 0 ? evened(gradient) : gradient.clone();
    paled(way);
    double size = rootMeanSquare(way);
    moved |= size > 0;
    float[] variation =
        options.variation() > 0 ? planes.variationGradient(picture, 1) : new float[0];
    double rate = options.rate() * settling(step);
    for (int i = 0; i < picture.length; i++) {
      double up = size > 0 ? way[i] / size : 0;
      double rough = variation.length > 0 ? options.variation() * variation[i] : 0;
      double kept = (1 - options.decay()) * (picture[i] - GREY);
      picture[i] = (float) Math.clamp(GREY + kept + rate * (up - rough), 0, 1);
    }
    if (options.blur() > 0 && (step + 1) % options.blurEvery() == 0) {
      picture = planes.blurred(picture, options.blur());
    }
    if (options.clipNorm() > 0) {
      clip(norms(), options.clipNorm());
    }
    if (options.clipContribution() > 0) {
      clip(contributions(gradient), options.clipContribution());
    }
  }

  private double settling(int step) {
    double left = (options.steps() - step) / (SETTLING * options.steps());
    return Math.min(1, left);
  }

  /** Takes colour back, in place: what a pixel's channels have in common stays. */
  private void paled(float[] way) {
    if (space.channels() != COLOURS || options.colour() == 1) {
      return;
    }
    int plane = space.plane();
    for (int i = 0; i < plane; i++) {
      float mean = (way[i] + way[plane + i] + way[2 * plane + i]) / COLOURS;
      for (int at = i; at < way.length; at += plane) {
        way[at] = (float) (mean + options.colour() * (way[at] - mean));
      }
    }
  }

  /** The gradient with each octave of detail, and what is coarser than all, equally strong. */
  private float[] evened(float[] gradient) {
    float[] sum = new float[gradient.length];
    float[] rest = gradient.clone();
    for (int level = 0; level < options.bands(); level++) {
      float[] coarser = planes.coarser(rest, level);
      for (int i = 0; i < rest.length; i++) {
        rest[i] -= coarser[i];
      }
      addEven(sum, rest);
      rest = coarser;
    }
    addEven(sum, rest);
    return sum;
  }

  private static void addEven(float[] sum, float[] band) {
    double size = rootMeanSquare(band);
    if (size > 0) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (float) (band[i] / size);
      }
    }
  }

  private static double rootMeanSquare(float[] numbers) {
    double sum = 0;
    for (float v : numbers) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum / numbers.length);
  }

  private double[] norms() {
    double[] norms = new double[space.plane()];
    for (int i = 0; i < picture.length; i++) {
      double off = picture[i] - GREY;
      norms[i % norms.length] += off * off;
    }
    return norms;
  }

  /** What a pixel would take away with it, to first order: |Σ gradient · distance from grey|. */
  private double[] contributions(float[] gradient) {
    double[] sums = new double[space.plane()];
    for (int i = 0; i < picture.length; i++) {
      sums[i % sums.length] += (double) gradient[i] * (picture[i] - GREY);
    }
    return Arrays.stream(sums).map(Math::abs).toArray();
  }

  /** Makes the pixels of the lowest measure grey. */
  private void clip(double[] measure, double percent) {
    double[] sorted = measure.clone();
    Arrays.sort(sorted);
    int count = (int) (percent / 100 * sorted.length);
    double limit = count < sorted.length ? sorted[count] : Double.POSITIVE_INFINITY;
    for (int i = 0; i < picture.length; i++) {
      if (measure[i % measure.length] < limit) {
        picture[i] = GREY;
      }
    }
  }
}
