package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statistics of random graphs' values on the CPU. Run one again with {@code -Dconvlens.seed=N}, or
 * many with {@code -Dconvlens.seeds=N}.
 */
final class StatisticsTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 200);

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void areThoseOfTheMaps(int threads, @TempDir Path folder) throws IOException {
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    try (Device device = Devices.open("cpu", new DeviceOptions(threads))) {
      for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
        wrong.addAll(StatisticsOnGraphs.check(device, seed, folder));
      }
    }
    assertEquals("", String.join("\n", wrong));
  }
}
