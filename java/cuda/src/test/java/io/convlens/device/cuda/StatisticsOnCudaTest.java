package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.engine.StatisticsOnGraphs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Statistics of random graphs' values on the emulator. Run one again with {@code
 * -Dconvlens.seed=N}, or many with {@code -Dconvlens.seeds=N}.
 */
final class StatisticsOnCudaTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 80);

  @Test
  void areThoseOfTheMaps(@TempDir Path folder) throws IOException {
    Emulator.assume();
    Emulator.reset();
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    try (Device device = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
        Emulator.seed(seed);
        wrong.addAll(StatisticsOnGraphs.check(device, seed, folder));
      }
    }
    assertEquals("", String.join("\n", wrong));
    Emulator.assertClean("statistics");
  }
}
