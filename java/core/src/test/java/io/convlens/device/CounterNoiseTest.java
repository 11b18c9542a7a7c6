package io.convlens.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The noise is normal, and its functions are those of the library. */
final class CounterNoiseTest {
  @Test
  void logarithmAndCosineAreTheLibrarys() {
    var random = new SplittableRandom(3);
    for (int i = 0; i < 100_000; i++) {
      long k = i < 1000 ? i + 1 : random.nextLong(1, (1L << 53) + 1) >>> random.nextInt(50) | 1;
      double u = k * 0x1p-53;
      assertEquals(Math.log(u), CounterNoise.log(k), 4e-16 * Math.max(1, -Math.log(u)), "log " + u);
      assertEquals(Math.cos(2 * Math.PI * u), CounterNoise.cosineOfTurn(k), 1e-15, "cos " + u);
    }
    assertEquals(0, CounterNoise.log(1L << 53));
    assertEquals(1, CounterNoise.cosineOfTurn(1L << 53));
    assertEquals(-1, CounterNoise.cosineOfTurn(1L << 52));
  }

  @Test
  void isStandardNormal() {
    var noise = new CounterNoise(5);
    int count = 1_000_000;
    double sum = 0;
    double squares = 0;
    int within = 0;
    for (int i = 0; i < count; i++) {
      double x = noise.normal(i % 7, i / 7);
      sum += x;
      squares += x * x;
      within += Math.abs(x) < 1 ? 1 : 0;
    }
    assertEquals(0, sum / count, 0.004);
    assertEquals(1, squares / count, 0.006);
    assertEquals(0.6827, (double) within / count, 0.002);
  }

  @Test
  void dependsOnSeedSampleAndElement() {
    var noise = new CounterNoise(5);
    assertEquals(noise.normal(3, 8), new CounterNoise(5).normal(3, 8));
    assertNotEquals(noise.normal(3, 8), noise.normal(4, 8));
    assertNotEquals(noise.normal(3, 8), noise.normal(3, 9));
    assertNotEquals(noise.normal(3, 8), new CounterNoise(6).normal(3, 8));
  }
}
