package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.Precision;
import io.convlens.selftest.Finding;
import io.convlens.selftest.SelfTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The self-test, which is the first thing to run on a GPU, on the emulator. */
final class SelfTestOnCudaTest {
  private static final Path KERNELS = Path.of("../../cuda-kernels");
  private static final Pattern LAUNCH = Pattern.compile("CLK_LAUNCH\\(\\(?(\\w+)");
  private static final int ONE_IN = 9;

  /** What sums in float32 differ by at most. */
  private static final double FINE = 1e-5;

  @Test
  void passesInEveryWayAndLaunchesEveryKernel() throws IOException {
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
    assertEquals(Set.of("convlens", "cublas", "cudnn", "tf32"), ways);
    for (String kernel : kernels()) {
      assertTrue(Emulator.calls(kernel) > 0, kernel + " was not launched");
    }
    Emulator.assertClean("the self-test");
  }

  /** What our kernels' launchers launch, by the names in their sources. */
  private static Set<String> kernels() throws IOException {
    Set<String> kernels = new TreeSet<>();
    List<Path> files;
    try (Stream<Path> all = Files.list(KERNELS)) {
      files = all.filter(f -> f.toString().endsWith(".cu")).toList();
    }
    for (Path file : files) {
      Matcher launches = LAUNCH.matcher(Files.readString(file));
      while (launches.find()) {
        assertTrue(kernels.add(launches.group(1)), launches.group(1) + ": two by this name");
      }
    }
    assertTrue(kernels.size() >= 25, kernels.toString());
    return kernels;
  }

  /** A few of all operations: that libraries round what they multiply is seen and allowed. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "FP16", "BF16"})
  void passesInEveryPrecision(Precision precision) {
    Emulator.assume();
    Emulator.reset();
    List<Finding> wrong = new ArrayList<>();
    List<Finding> coarse = new ArrayList<>();
    DeviceOptions options = DeviceOptions.DEFAULT.withTuning(false).withPrecision(precision);
    try (Device cuda = Devices.open("cuda:0", options);
        Device cpu = Devices.open("cpu", new DeviceOptions(1))) {
      new SelfTest(cuda, cpu)
          .some(ONE_IN)
          .run(
              finding -> {
                if (!finding.passes()) {
                  wrong.add(finding);
                }
                if (finding.error() > FINE) {
                  coarse.add(finding);
                }
              });
    }
    assertEquals(List.of(), wrong);
    assertTrue(coarse.size() >= 5, "hardly anything was rounded: " + coarse);
    assertTrue(coarse.stream().noneMatch(f -> f.way().equals("convlens")), coarse.toString());
    Emulator.assertClean("the self-test in " + precision);
  }
}
