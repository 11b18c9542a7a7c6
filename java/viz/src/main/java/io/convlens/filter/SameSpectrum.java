package io.convlens.filter;

import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.Random;

/**
 * A filter beside noise of its own spectrum: the same amplitude at every frequency, phases drawn at
 * random, the same for all channels (surrogate data, Theiler et al. 1992). A pattern that has its
 * place in the filter, an edge or a blob, is denser there than such noise; a filter that is only
 * smoothed noise is not, however smooth it looks.
 *
 * @param concentration the share of the filter's energy in its densest quarter of places
 * @param ofNoise the same of noise of its spectrum, on average
 * @param noise the noise's score of {@link FilterScores#noise}, on average
 */
public record SameSpectrum(double concentration, double ofNoise, double noise) {
  /** Of noise for each filter: its mean is then known to about a quarter of its spread. */
  private static final int DRAWS = 16;

  /** A part of the places. */
  private static final int PART = 4;

  /** The convolution kernels that change phases and nothing else, for kernels of one size. */
  static final class Phases {
    private final int height;
    private final int width;
    private final double[][] kernels = new double[DRAWS][];

    Phases(int height, int width) {
      this.height = height;
      this.width = width;
      var random = new Random(2);
      for (int draw = 0; draw < DRAWS; draw++) {
        double[] noise = new double[height * width];
        Arrays.setAll(noise, _ -> random.nextGaussian());
        kernels[draw] = whitened(noise);
      }
    }

    /**
     * The noise with an amplitude of 1 at every frequency; real, since its phases are a real
     * array's.
     */
    private double[] whitened(double[] noise) {
      double[] out = new double[noise.length];
      for (int v = 0; v < height; v++) {
        for (int u = 0; u < width; u++) {
          double cos = 0;
          double sin = 0;
          for (int i = 0; i < noise.length; i++) {
            double angle = angle(v, u, i);
            cos += noise[i] * Math.cos(angle);
            sin -= noise[i] * Math.sin(angle);
          }
          double size = Math.hypot(cos, sin) * noise.length;
          for (int i = 0; i < out.length; i++) {
            double angle = angle(v, u, i);
            out[i] += (cos * Math.cos(angle) - sin * Math.sin(angle)) / size;
          }
        }
      }
      return out;
    }

    private double angle(int v, int u, int place) {
      int y = place / width;
      int x = place % width;
      return 2 * Math.PI * ((double) v * y / height + (double) u * x / width);
    }

    /** Noise of a filter's spectrum, as filters. */
    FilterBank noise(FilterBank bank, int filter) {
      int size = bank.size();
      float[] all = new float[DRAWS * size];
      for (int draw = 0; draw < DRAWS; draw++) {
        for (int c = 0; c < bank.channels(); c++) {
          convolve(
              bank.weights(),
              bank.start(filter) + c * height * width,
              kernels[draw],
              all,
              draw * size + c * height * width);
        }
      }
      return new FilterBank("noise", Shape.of(DRAWS, bank.channels(), height, width), 1, all);
    }

    /** Around the ends, as the spectrum is that of a periodic array. */
    private void convolve(float[] from, int at, double[] kernel, float[] to, int out) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double sum = 0;
          for (int ky = 0; ky < height; ky++) {
            int row = at + (y - ky + height) % height * width;
            for (int kx = 0; kx < width; kx++) {
              sum += kernel[ky * width + kx] * from[row + (x - kx + width) % width];
            }
          }
          to[out + y * width + x] = (float) sum;
        }
      }
    }
  }

  /** Compares a filter with noise of its spectrum. */
  static SameSpectrum of(FilterBank bank, int filter, Phases phases, Filters.WhiteNoise white) {
    FilterBank noise = phases.noise(bank, filter);
    var neighbours = new Neighbours(noise);
    double concentration = 0;
    double unpredicted = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      concentration += concentration(noise, draw) / DRAWS;
      unpredicted += neighbours.unpredicted(draw) / DRAWS;
    }
    return new SameSpectrum(
        concentration(bank, filter),
        concentration,
        white.unpredicted() > 0 ? unpredicted / white.unpredicted() : 0);
  }

  private static double concentration(FilterBank bank, int filter) {
    int places = bank.height() * bank.width();
    double[] energy = new double[places];
    double all = 0;
    for (int i = 0; i < bank.size(); i++) {
      double w = bank.weights()[bank.start(filter) + i];
      energy[i % places] += w * w;
      all += w * w;
    }
    Arrays.sort(energy);
    double dense = 0;
    for (int i = places - (places + PART - 1) / PART; i < places; i++) {
      dense += energy[i];
    }
    return all > 0 ? dense / all : 0;
  }
}
