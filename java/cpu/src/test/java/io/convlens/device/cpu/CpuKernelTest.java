package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random problems of every kind: see {@link DeviceSuite}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuKernelTest {
  private CpuDevice device;
  private long before;

  @BeforeAll
  void open() {
    before = CpuDevice.live();
    device = (CpuDevice) new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
  }

  @AfterAll
  void close() {
    device.close();
    assertEquals(before, CpuDevice.live(), "native objects left");
  }

  static Stream<String> kinds() {
    return DeviceSuite.kinds();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void matchesTheReference(String kind) {
    DeviceSuite.check(device, kind);
  }
}
