package io.convlens.synthesis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of pictures under networks whose best changes are known. */
final class AdversaryTest {
  private static final int PIXELS = LinearNetwork.PIXELS;

  /** Of two classes, so little apart that no probability comes near to 1. */
  private static final double FAINT = 1e-4;

  @TempDir private Path folder;

  private static float[] faint(float[] weights) {
    float[] less = weights.clone();
    for (int i = 0; i < less.length; i++) {
      less[i] *= (float) FAINT;
    }
    return less;
  }

  /** A picture of whole levels in the range from -1 to 3. */
  private static float[] levels() {
    var random = new Random(11);
    float[] levels = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      levels[i] = random.nextInt(256);
    }
    levels[0] = 255;
    levels[1] = 0;
    return levels;
  }

  private static Tensor picture(float[] levels) {
    float[] x = new float[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      x[i] = -1 + 4 * levels[i] / 255;
    }
    return Tensor.of(LinearNetwork.INPUT, x);
  }

  /** Every sample goes to the limit in the direction of the difference of the weights. */
  @Test
  void largestChangeIsTheSignOfTheWeights() throws IOException {
    float[] w = faint(LinearNetwork.weights(2, 7));
    float[] levels = levels();
    try (var net = LinearNetwork.load(folder, w);
        Tensor picture = picture(levels)) {
      Fooled fooled =
          Adversary.with(o -> o.epsilon(5).confidence(1))
              .fool(net, picture, LinearNetwork.RANGE, 1);
      int moved = 0;
      for (int i = 0; i < PIXELS; i++) {
        double way = Math.signum(w[PIXELS + i] - w[i]);
        double expected = Math.clamp(levels[i] + 5 * way, 0, 255);
        assertEquals(expected, (fooled.input()[i] + 1) * 255 / 4, 1e-2);
        moved += expected != levels[i] ? 1 : 0;
      }
      assertEquals(5, fooled.change().linf());
      assertEquals((double) moved / PIXELS, fooled.change().changed());
      assertEquals(40, fooled.steps());
    }
  }

  /** The change is as long as allowed and points where the weights differ. */
  @Test
  void changeOfLeastLengthFollowsTheWeights() throws IOException {
    float[] w = faint(LinearNetwork.weights(2, 8));
    float[] levels = new float[PIXELS];
    Arrays.fill(levels, 128);
    try (var net = LinearNetwork.load(folder, w);
        Tensor picture = picture(levels)) {
      Fooled fooled =
          Adversary.with(o -> o.norm(FoolOptions.Norm.L2).epsilon(200).confidence(1))
              .fool(net, picture, LinearNetwork.RANGE, 1);
      double along = 0;
      double length = 0;
      for (int i = 0; i < PIXELS; i++) {
        double change = (fooled.input()[i] + 1) * 255 / 4 - 128;
        double apart = w[PIXELS + i] - w[i];
        along += change * apart;
        length += apart * apart;
      }
      assertTrue(fooled.change().l2() <= 200);
      assertTrue(fooled.change().l2() > 197, "only " + fooled.change().l2());
      assertEquals(1, along / Math.sqrt(length) / fooled.change().l2(), 1e-3);
    }
  }

  /** It ends where the wanted probability is reached, and says what the network says. */
  @Test
  void endsWhereTheNetworkIsSure() throws IOException {
    float[] w = LinearNetwork.weights(3, 9);
    try (var net = LinearNetwork.load(folder, w);
        Tensor picture = picture(levels())) {
      int was = net.predict(picture).best(0);
      int target = (was + 1) % 3;
      Fooled fooled =
          Adversary.with(o -> o.epsilon(200)).fool(net, picture, LinearNetwork.RANGE, target);
      assertTrue(fooled.isTaken());
      assertTrue(fooled.steps() < 40);
      assertEquals(was, fooled.before().best(0));
      assertTrue(fooled.after().score(0, target, ScoreKind.PROBABILITY) >= 0.9f);
      try (Tensor changed = Tensor.of(LinearNetwork.INPUT, fooled.input())) {
        assertEquals(
            net.predict(changed).score(0, target, ScoreKind.LOGIT),
            fooled.after().score(0, target, ScoreKind.LOGIT));
      }
      // What is there already is left alone.
      Fooled same =
          Adversary.with(o -> o.confidence(0.01)).fool(net, picture, LinearNetwork.RANGE, was);
      assertEquals(0, same.steps());
      assertEquals(0, same.change().l2());
      assertArrayEquals(picture.toArray(), same.input(), 1e-6f);
    }
  }

  @Test
  void roundedChangesStayWithinTheLimit() {
    var random = new Random(12);
    for (double epsilon : new double[] {0.9, 3, 10.5, 100}) {
      FoolOptions o = FoolOptions.DEFAULT.norm(FoolOptions.Norm.L2).epsilon(epsilon).steps(7);
      float[] original = levels();
      var levels = new Levels(original, o);
      for (int step = 0; step < 20; step++) {
        float[] gradient = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
          gradient[i] = (float) random.nextGaussian();
        }
        levels.step(gradient);
        float[] rounded = levels.rounded();
        assertTrue(Fooled.Size.of(original, rounded).l2() <= epsilon);
        for (float v : rounded) {
          assertTrue(v == Math.rint(v) && v >= 0 && v <= 255);
        }
      }
    }
  }

  @Test
  void wrongWishesAreRefused() throws IOException {
    FoolOptions o = FoolOptions.DEFAULT;
    assertThrows(UnusableOptionException.class, () -> o.epsilon(0));
    assertThrows(UnusableOptionException.class, () -> o.epsilon(Double.NaN));
    assertThrows(UnusableOptionException.class, () -> o.confidence(1.1));
    assertThrows(UnusableOptionException.class, () -> o.stepSize(-1));
    try (var net = LinearNetwork.load(folder, LinearNetwork.weights(2, 1));
        Tensor picture = picture(levels())) {
      assertThrows(
          UnusableOptionException.class,
          () -> new Adversary(o).fool(net, picture, LinearNetwork.RANGE, 2));
      assertThrows(
          UnusableOptionException.class,
          () -> new Adversary(o.epsilon(0.5)).fool(net, picture, LinearNetwork.RANGE, 0));
      assertThrows(
          CancellationException.class,
          () ->
              new Adversary(o.confidence(1))
                  .fool(net, picture, LinearNetwork.RANGE, 0, (_, _) -> false));
    }
  }
}
