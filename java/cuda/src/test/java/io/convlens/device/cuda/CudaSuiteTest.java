package io.convlens.device.cuda;

import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random problems of every operation on the emulator against the reference. */
final class CudaSuiteTest {
  private static @Nullable CudaDevice device;

  static Stream<String> kinds() {
    return DeviceSuite.kinds();
  }

  @BeforeAll
  static void open() {
    Emulator.assume();
    Emulator.reset();
    device = (CudaDevice) new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT);
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
      Emulator.assertClean("all problems");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isAsTheReference(String kind) {
    DeviceSuite.check(device, kind);
  }
}
