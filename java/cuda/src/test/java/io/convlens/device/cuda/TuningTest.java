package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.device.DeviceOptions;
import io.convlens.device.Precision;
import io.convlens.network.NetworkOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The timed choice of ways to compute, what is remembered of it, and the other precisions. */
final class TuningTest {
  private static final String HOME = "user.home";

  @TempDir private Path folder;
  private String home = "";

  @BeforeEach
  void aHomeOfItsOwn() {
    if (Gpus.find() instanceof Gpus.Outcome.Found) {
      // The bindings unpack themselves into the home that they find.
      NvidiaLibraries.get();
    }
    home = System.getProperty(HOME);
    System.setProperty(HOME, folder.toString());
  }

  @AfterEach
  void theUsersHome() {
    System.setProperty(HOME, home);
  }

  private static NetworkOptions tuned(Precision precision) {
    return NetworkOptions.DEFAULT
        .withDevice("cuda:0")
        .opened(_ -> new DeviceOptions(1).withPrecision(precision))
        .withBatch(8);
  }

  @Test
  void choosesWaysThatAreRightAndRemembersThem() throws IOException {
    Emulator.assume();
    Emulator.reset();
    assumeTrue(CacheFolder.path().startsWith(folder), "XDG_CACHE_HOME is the user's own");
    var job = MainJob.in(folder);
    float[] expected = job.run(MainJob.on("cpu"));
    assertArrayEquals(expected, job.run(tuned(Precision.FP32)), 1e-5f);
    List<String> lines = Files.readAllLines(file());
    assertFalse(lines.isEmpty());
    assertTrue(
        lines.stream().allMatch(l -> l.matches("fp32 .*\t(convlens|cublas|cudnn).*")),
        lines::toString);
    long trials = Emulator.calls("cuMemAlloc_v2");
    Emulator.reset();
    assertArrayEquals(expected, job.run(tuned(Precision.FP32)), 1e-5f);
    assertTrue(Emulator.calls("cuMemAlloc_v2") < trials / 2, "what is known is not tried again");
    assertEquals(lines, Files.readAllLines(file()));
    Emulator.assertClean("tuned");
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(CacheFolder.path())) {
      return files.findFirst().orElseThrow();
    }
  }

  /** Each precision's own tolerance: of probabilities, after five layers that multiply in it. */
  @ParameterizedTest
  @CsvSource({"TF32, 2e-3", "FP16, 2e-3", "BF16, 2e-2"})
  void otherPrecisionsAreAsGoodAsTheirBits(Precision precision, float tolerance)
      throws IOException {
    Emulator.assume();
    Emulator.reset();
    var job = MainJob.in(folder);
    float[] expected = job.run(MainJob.on("cpu"));
    for (boolean tune : new boolean[] {false, true}) {
      float[] actual = job.run(tuned(precision).opened(o -> o.withTuning(tune)));
      assertArrayEquals(expected, actual, tolerance);
    }
    // Its products are what the precision is about.
    float[] rounded = job.run(MainJob.on("cuda:0").opened(o -> o.withPrecision(precision)));
    float most = 0;
    for (int i = 0; i < expected.length; i++) {
      most = Math.max(most, Math.abs(expected[i] - rounded[i]));
    }
    assertTrue(most > 1e-6f, "as exact as fp32: " + most);
    Emulator.assertClean(precision.toString());
  }

  @Test
  void aFileThatSomebodySpoiledIsReadAsFarAsItGoes() throws IOException {
    Path cache = folder.resolve("cuda-tuning-a-GPU.txt");
    Files.writeString(cache, "no tab in this line\nconv 1\tcudnn nhwc 1\n\n");
    TuningCache read = TuningCache.of(folder, "a GPU");
    assertEquals(Optional.of("cudnn nhwc 1"), read.choice("conv 1"));
    assertEquals(Optional.empty(), read.choice("no tab in this line"));
    read.choose("conv 2", "convlens");
    read.save();
    assertEquals(List.of("conv 1\tcudnn nhwc 1", "conv 2\tconvlens"), Files.readAllLines(cache));
  }

  @Test
  void whatIsNoTextOrCanNotBeWrittenIsNoFailure() throws IOException {
    Files.write(folder.resolve("cuda-tuning-binary.txt"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertEquals(Optional.empty(), TuningCache.of(folder, "binary").choice("conv 1"));
    Path file = Files.writeString(folder.resolve("file"), "");
    TuningCache nowhere = TuningCache.of(file, "GPU");
    nowhere.choose("conv 1", "convlens");
    nowhere.save();
    assertEquals(Optional.of("convlens"), nowhere.choice("conv 1"));
  }

  /** A way that the libraries no longer have is chosen anew. */
  @Test
  void whatWasChosenAndIsGoneIsChosenAnew() throws IOException {
    Emulator.assume();
    Emulator.reset();
    assumeTrue(CacheFolder.path().startsWith(folder), "XDG_CACHE_HOME is the user's own");
    var job = MainJob.in(folder);
    float[] expected = job.run(tuned(Precision.FP32));
    Path cache = file();
    Files.writeString(cache, Files.readString(cache).replaceAll("\t.*", "\tno such way"));
    System.setProperty(HOME, folder.resolve("elsewhere").toString());
    Path moved = CacheFolder.path().resolve(cache.getFileName());
    Files.createDirectories(moved.getParent());
    Files.copy(cache, moved);
    assertArrayEquals(expected, job.run(tuned(Precision.FP32)), 1e-5f);
    assertFalse(Files.readString(moved).contains("no such way"));
    Emulator.assertClean("chosen anew");
  }
}
