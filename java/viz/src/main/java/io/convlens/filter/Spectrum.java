package io.convlens.filter;

import java.util.Arrays;

/**
 * The power spectrum of a filter, summed over its channels: the cosine transform of its
 * autocorrelation, on a grid of frequencies from −1/2 to 1/2 cycles a pixel.
 *
 * @param frequency where it is largest, in cycles a pixel
 * @param orientation of its main axis by second moments, in degrees, 0 to 180
 * @param coherence how elongated it is along that axis: 0 round, 1 a line
 */
record Spectrum(double frequency, double orientation, double coherence) {
  /** Frequencies from 0 to 1/2 along each axis; steps of 1/64. */
  private static final int STEPS = 32;

  private static final int PERIOD = 2 * STEPS;
  private static final double[] COSINES = new double[PERIOD];

  static {
    Arrays.setAll(COSINES, i -> Math.cos(2 * Math.PI * i / PERIOD));
  }

  static Spectrum of(FilterBank bank, int filter) {
    int height = bank.height();
    int width = bank.width();
    double[][] correlation = autocorrelation(bank, filter);
    double best = 0;
    double bestFx = 0;
    double bestFy = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    // The spectrum is symmetric around 0: half of it says all. Its edges belong to both halves.
    for (int v = -STEPS; v <= STEPS; v++) {
      for (int u = 0; u <= STEPS; u++) {
        double fx = (double) u / PERIOD;
        double fy = (double) v / PERIOD;
        double power = power(correlation, height, width, u, v);
        double share = power * (u % STEPS == 0 ? 0.5 : 1) * (Math.abs(v) == STEPS ? 0.5 : 1);
        xx += share * fx * fx;
        yy += share * fy * fy;
        xy += share * fx * fy;
        // The slack keeps rounding from choosing between equal peaks.
        if (power > best * (1 + 1e-9)) {
          best = power;
          bestFx = fx;
          bestFy = fy;
        }
      }
    }
    double spread = xx + yy;
    // Rows grow downwards, angles counterclockwise.
    double angle = Math.toDegrees(Math.atan2(-2 * xy, xx - yy) / 2);
    double coherence = spread > 0 ? Math.hypot(xx - yy, 2 * xy) / spread : 0;
    return new Spectrum(
        Math.hypot(bestFx, bestFy), (angle + 180) % 180, Math.clamp(coherence, 0.0, 1.0));
  }

  /** Σ w(y,x)·w(y+dy,x+dx) for dy from 0 and dx from −(width−1). */
  private static double[][] autocorrelation(FilterBank bank, int filter) {
    int h = bank.height();
    int w = bank.width();
    double[][] sums = new double[h][2 * w - 1];
    float[] weights = bank.weights();
    for (int c = 0; c < bank.channels(); c++) {
      int start = bank.start(filter) + c * h * w;
      for (int dy = 0; dy < h; dy++) {
        for (int dx = 1 - w; dx < w; dx++) {
          double sum = 0;
          for (int y = 0; y + dy < h; y++) {
            for (int x = Math.max(0, -dx); x < Math.min(w, w - dx); x++) {
              sum += (double) weights[start + y * w + x] * weights[start + (y + dy) * w + x + dx];
            }
          }
          sums[dy][dx + w - 1] += sum;
        }
      }
    }
    return sums;
  }

  private static double power(double[][] correlation, int h, int w, int u, int v) {
    double power = 0;
    for (int dy = 0; dy < h; dy++) {
      for (int dx = 1 - w; dx < w; dx++) {
        double wave = COSINES[Math.floorMod(v * dy + u * dx, PERIOD)];
        // Offsets (dy,dx) and (−dy,−dx) are equal; of row 0 both are in the table.
        power += (dy == 0 ? 1 : 2) * correlation[dy][dx + w - 1] * wave;
      }
    }
    return Math.max(0, power);
  }
}
