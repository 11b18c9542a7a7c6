package io.convlens.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.tensor.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Filters of known looks: gratings, blobs, noise, duplicates, idle ones. */
final class FiltersTest {
  /** One weight of a filter. */
  private interface Look {
    double at(int channel, double y, double x);
  }

  private static FilterBank bank(int channels, int side, Look... looks) {
    float[] weights = new float[looks.length * channels * side * side];
    int at = 0;
    for (Look look : looks) {
      for (int c = 0; c < channels; c++) {
        double middle = (side - 1) / 2.0;
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            weights[at++] = (float) look.at(c, y - middle, x - middle);
          }
        }
      }
    }
    return new FilterBank("first", Shape.of(looks.length, channels, side, side), 1, weights);
  }

  /** A grating under a bell, varying in a direction counterclockwise from the row. */
  private static Look gabor(double degrees, double frequency, double phase, double bell) {
    double fx = frequency * Math.cos(Math.toRadians(degrees));
    double fy = -frequency * Math.sin(Math.toRadians(degrees));
    return (_, y, x) ->
        Math.exp(-(x * x + y * y) / 2 / bell / bell)
            * Math.cos(2 * Math.PI * (fx * x + fy * y) + phase);
  }

  private static Look noise(int seed) {
    var random = new Random(seed);
    return (_, _, _) -> random.nextGaussian();
  }

  @Test
  void smoothFiltersAreSmoothAndNoiseIsNoise() {
    for (int side : new int[] {5, 7, 11}) {
      Look[] looks = new Look[40];
      for (int i = 0; i < 20; i++) {
        looks[i] = gabor(9 * i, 0.08 + 0.006 * i, i, side / 4.0);
        looks[20 + i] = noise(i);
      }
      Filters filters = Filters.of(bank(3, side, looks));
      for (int i = 0; i < 20; i++) {
        FilterScores pattern = filters.scores().get(i);
        FilterScores noise = filters.scores().get(20 + i);
        assertTrue(pattern.noise() < 0.25, side + ": " + pattern);
        assertTrue(noise.noise() > 0.5, side + ": " + noise);
        assertTrue(pattern.smoothness() > noise.smoothness(), side + ": " + pattern);
      }
    }
  }

  @Test
  void verdictsOfWholeLayers() {
    Look[] smooth = new Look[32];
    Look[] noisy = new Look[32];
    for (int i = 0; i < 32; i++) {
      smooth[i] = gabor(11 * i, 0.15, i, 2.5);
      noisy[i] = noise(i);
    }
    assertTrue(Filters.of(bank(3, 7, smooth)).verdict().startsWith("smooth: "));
    String verdict = Filters.of(bank(3, 7, noisy)).verdict();
    assertTrue(verdict.startsWith("noisy: "), verdict);
    assertTrue(verdict.contains("trained too briefly"), verdict);
    assertTrue(Filters.of(bank(3, 3, noisy)).verdict().startsWith("noisy: "));
    assertTrue(Filters.of(bank(8, 1, noisy)).verdict().startsWith("pointwise: "));
    assertTrue(Filters.of(bank(1, 3, noisy)).verdict().startsWith("unclear: "));
    Look nothing = (_, _, _) -> 0;
    assertTrue(Filters.of(bank(3, 3, nothing, nothing)).verdict().startsWith("idle: "));
  }

  /** The noise has the filter's amplitude at every frequency, in every channel. */
  @Test
  void noiseOfTheSameSpectrum() {
    FilterBank bank = bank(2, 5, gabor(30, 0.2, 0.4, 1.2), noise(4));
    var phases = new SameSpectrum.Phases(5, 5);
    for (int filter = 0; filter < 2; filter++) {
      FilterBank drawn = phases.noise(bank, filter);
      for (int i : new int[] {0, 7}) {
        for (int channel = 0; channel < 2; channel++) {
          float[] other = drawn.weights();
          int from = (2 * i + channel) * 25;
          boolean differs = false;
          for (int k = 0; k < 25; k++) {
            int own = (2 * filter + channel) * 25;
            double size = amplitude(bank.weights(), own, k);
            assertEquals(size, amplitude(other, from, k), 1e-5);
            differs |= Math.abs(other[from + k] - bank.weights()[own + k]) > 1e-3;
          }
          assertTrue(differs);
        }
      }
    }
  }

  private static double amplitude(float[] weights, int from, int frequency) {
    double cos = 0;
    double sin = 0;
    for (int i = 0; i < 25; i++) {
      double turns = (frequency / 5 * (i / 5) + frequency % 5 * (i % 5)) / 5.0;
      cos += weights[from + i] * Math.cos(2 * Math.PI * turns);
      sin += weights[from + i] * Math.sin(2 * Math.PI * turns);
    }
    return Math.hypot(cos, sin);
  }

  /** A small edge is denser than noise of its spectrum; noise is as dense as such noise. */
  @Test
  void patternsHaveTheirPlace() {
    Look[] looks = new Look[40];
    for (int i = 0; i < 20; i++) {
      looks[i] = gabor(9 * i, 0.2, i, 1.2);
      looks[20 + i] = noise(i);
    }
    List<SameSpectrum> same = Filters.of(bank(1, 9, looks)).sameSpectrum();
    double off = 0;
    for (int i = 0; i < 20; i++) {
      SameSpectrum edge = same.get(i);
      assertTrue(edge.concentration() > edge.ofNoise() + 0.1, edge.toString());
      off += (same.get(20 + i).concentration() - same.get(20 + i).ofNoise()) / 20;
    }
    assertEquals(0, off, 0.03);
  }

  @Test
  void knownScores() {
    Look flat = (_, _, _) -> 2;
    Look board = (_, y, x) -> Math.abs(Math.floorMod((int) (y + x), 2)) == 0 ? 1 : -1;
    Filters filters = Filters.of(bank(3, 5, flat, board));
    assertEquals(1, filters.scores().getFirst().smoothness(), 1e-9);
    assertEquals(0, filters.scores().getFirst().noise(), 1e-6);
    assertEquals(0, filters.scores().getFirst().frequency(), 1e-9);
    assertEquals(2 * Math.sqrt(75), filters.scores().getFirst().norm(), 1e-9);
    assertEquals(0, filters.scores().get(1).smoothness(), 1e-9);
    assertEquals(Math.sqrt(0.5), filters.scores().get(1).frequency(), 1e-9);
    assertEquals(0.5, filters.whiteNoise().smoothness(), 0.02);
  }

  @Test
  void orientationAndFrequency() {
    for (int degrees = 0; degrees < 180; degrees += 15) {
      for (double frequency : new double[] {0.125, 0.2, 0.3}) {
        Filters filters = Filters.of(bank(1, 15, gabor(degrees, frequency, 0.7, 3)));
        FilterScores scores = filters.scores().getFirst();
        double off = Math.abs(scores.orientation() - degrees);
        assertTrue(Math.min(off, 180 - off) < 3, degrees + ": " + scores);
        assertEquals(frequency, scores.frequency(), 0.02, degrees + ": " + scores);
        assertTrue(scores.coherence() > 0.7, degrees + ": " + scores);
      }
    }
    FilterScores blob = Filters.of(bank(1, 11, gabor(0, 0, 0, 2))).scores().getFirst();
    assertTrue(blob.coherence() < 0.05, blob.toString());
  }

  @Test
  void colours() {
    Look grey = gabor(30, 0.2, 0, 2);
    Look red = (c, y, x) -> c == 0 ? grey.at(0, y, x) : 0;
    Look opponent = (c, y, x) -> (c - 1) * grey.at(0, y, x);
    Filters filters = Filters.of(bank(3, 7, grey, red, opponent));
    assertEquals(0, filters.scores().get(0).colourfulness(), 1e-6);
    assertEquals(2 / 3.0, filters.scores().get(1).colourfulness(), 1e-6);
    assertEquals(1, filters.scores().get(2).colourfulness(), 1e-6);
    assertEquals(List.of(0), filters.grey());
    assertEquals(List.of(1, 2), filters.coloured());
    assertTrue(Double.isNaN(Filters.of(bank(2, 7, grey)).scores().getFirst().colourfulness()));
  }

  @Test
  void idleAndDoubleFilters() {
    Look a = noise(1);
    float[] weights = bank(3, 7, a, noise(2), noise(3), noise(4), noise(5), noise(6)).weights();
    int size = 3 * 49;
    var random = new Random(8);
    for (int i = 0; i < size; i++) {
      weights[3 * size + i] = weights[i] + 0.02f * (float) random.nextGaussian();
      weights[4 * size + i] = -2 * weights[size + i];
      weights[5 * size + i] *= 1e-3f;
    }
    var bank = new FilterBank("x", Shape.of(6, 3, 7, 7), 1, weights);
    Filters filters = Filters.of(bank);
    assertEquals(List.of(5), filters.nearZero());
    assertEquals(List.of(new Filters.Pair(0, 3)), filters.nearDuplicates());
    assertEquals(List.of(new Filters.Pair(1, 4)), filters.opposites());
    // Filters of different groups read different channels.
    var grouped = new FilterBank("x", Shape.of(6, 3, 7, 7), 2, weights);
    assertEquals(List.of(), Filters.of(grouped).nearDuplicates());
  }
}
