package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That a map can be read: which end is which, and that nothing jumps. */
final class ColorMapTest {
  @Test
  void redSurvivesAndBlueFalls() {
    int high = ColorMap.BLUE_RED.rgb(1);
    int low = ColorMap.BLUE_RED.rgb(0);
    assertTrue(high >> 16 > 2 * (high & 0xff) && high >> 16 > 2 * ((high >> 8) & 0xff));
    assertTrue((low & 0xff) > 2 * (low >> 16) && (low & 0xff) > 2 * ((low >> 8) & 0xff));
    assertEquals(0xb5121f, high);
    assertEquals(0x1d3b9b, low);
  }

  @Test
  void theMiddleOfBlueRedIsTheLightest() {
    double middle = Oklab.of(ColorMap.BLUE_RED.rgb(0.5))[0];
    for (int i = 0; i <= 100; i++) {
      assertTrue(Oklab.of(ColorMap.BLUE_RED.rgb(i / 100.0))[0] <= middle + 1e-3);
    }
  }

  @Test
  void blueYellowGrowsLighterAllTheWay() {
    for (int i = 0; i < 50; i++) {
      double here = Oklab.of(ColorMap.BLUE_YELLOW.rgb(i / 50.0))[0];
      double next = Oklab.of(ColorMap.BLUE_YELLOW.rgb((i + 1) / 50.0))[0];
      assertTrue(next > here, "at " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(ColorMap.class)
  void smallStepsAreSmallAndEndsHold(ColorMap map) {
    for (int i = 0; i < 255; i++) {
      double[] here = Oklab.of(map.rgb(i / 255.0));
      double[] next = Oklab.of(map.rgb((i + 1) / 255.0));
      assertTrue(
          Math.hypot(here[0] - next[0], Math.hypot(here[1] - next[1], here[2] - next[2])) < 0.02);
    }
    assertEquals(map.rgb(0), map.rgb(Double.NEGATIVE_INFINITY));
    assertEquals(map.rgb(1), map.rgb(7));
    assertThrows(IllegalArgumentException.class, () -> map.rgb(Double.NaN));
  }
}
