package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

/** Round numbers, few of them, within the scale. */
final class TicksTest {
  @Test
  void scalesThatPeopleMeet() {
    assertEquals(List.of("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"), labels(0, 1));
    assertEquals(List.of("0.0", "0.1", "0.2", "0.3"), labels(0, 0.391));
    assertEquals(List.of("-10", "-5", "0", "5", "10"), labels(-12, 12));
    assertEquals(List.of("0.00", "0.05", "0.10"), labels(0, 0.12));
  }

  private static List<String> labels(double low, double high) {
    Ticks ticks = Ticks.between(low, high);
    return ticks.values().stream().map(ticks::label).toList();
  }

  @Property
  void fewAndWithinTheScale(
      @ForAll @DoubleRange(min = -1e4, max = 1e4) double low,
      @ForAll @DoubleRange(min = 0.01, max = 1e4) double length) {
    List<Double> values = Ticks.between(low, low + length).values();
    assertTrue(values.size() >= 2 && values.size() <= 6, values.toString());
    double slack = length * 1e-5 + 1e-9;
    assertTrue(values.getFirst() >= low - slack && values.getLast() <= low + length + slack);
  }
}
