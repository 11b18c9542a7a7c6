package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.selftest.Finding;
import io.convlens.selftest.SelfTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The self-test, which is the first thing to run on a GPU, on the emulator. */
final class SelfTestOnCudaTest {
  @Test
  void passesInEveryWay() {
    Emulator.assume();
    Emulator.reset();
    List<Finding> wrong = new ArrayList<>();
    Set<String> ways = new TreeSet<>();
    try (Device cuda = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false));
        Device cpu = Devices.open("cpu", new DeviceOptions(1))) {
      new SelfTest(cuda, cpu)
          .run(
              finding -> {
                ways.add(finding.way().replaceFirst(" .*", ""));
                if (!finding.passes()) {
                  wrong.add(finding);
                }
              });
    }
    assertEquals(List.of(), wrong);
    assertEquals(Set.of("convlens", "cublas", "cudnn"), ways);
    Emulator.assertClean("the self-test");
  }
}
