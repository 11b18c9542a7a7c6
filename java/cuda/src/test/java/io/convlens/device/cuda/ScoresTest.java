package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.ScoreKeeper;
import io.convlens.device.ScoreKeeper.Kept;
import io.convlens.device.ScoreSpec;
import io.convlens.network.Network;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.Sweep;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scores that stay on the device until a sweep is done. */
final class ScoresTest {
  private static final int SEEDS = 60;

  @TempDir private Path folder;

  @BeforeEach
  void reset() {
    Emulator.assume();
    Emulator.reset();
  }

  private static CudaDevice cuda() {
    return (CudaDevice) new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT.withTuning(false));
  }

  @Test
  void areThoseThatTheHostWouldKeep() {
    try (CudaDevice device = cuda()) {
      for (int seed = 0; seed < SEEDS; seed++) {
        Emulator.seed(seed);
        compare(device, new Random(seed), "seed " + seed);
      }
    }
    Emulator.assertClean("scores");
  }

  private static void compare(CudaDevice device, Random random, String problem) {
    int rows = 1 + random.nextInt(40);
    int classes = 1 + random.nextInt(70);
    OptionalInt target =
        random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(classes));
    var spec = new ScoreSpec(rows, classes, random.nextBoolean(), target, random.nextInt(3) == 0);
    Device host = new OneWayDevice(device, "convlens");
    try (ScoreKeeper here = host.prepare(spec);
        ScoreKeeper there = device.prepare(spec);
        Buffer logits = device.allocate((long) rows * classes)) {
      for (int sweep = 0; sweep < 2; sweep++) {
        here.start();
        there.start();
        int left = rows;
        while (left > 0) {
          int count = 1 + random.nextInt(left);
          upload(device, random, logits, count * classes);
          here.keep(logits, count);
          there.keep(logits, count);
          left -= count;
        }
        assertAlike(here.read(), there.read(), problem + ", " + spec);
      }
    }
  }

  private static void upload(Device device, Random random, Buffer logits, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextInt(400) == 0 ? Float.NaN : (float) random.nextGaussian();
    }
    try (Tensor values = Tensor.of(Shape.of(count), numbers)) {
      device.upload(values, 0, count, logits);
    }
  }

  private static void assertAlike(Kept expected, Kept actual, String problem) {
    assertEquals(expected.target(), actual.target(), problem);
    assertEquals(expected.finite(), actual.finite(), problem);
    assertArrayEquals(expected.scores(), actual.scores(), 1e-6f, problem);
  }

  /** One picture goes up and one array comes down, however many positions there are. */
  @Test
  void ofASweepComeDownAtOnce() throws IOException {
    var job = MainJob.in(folder);
    try (Network network = Network.load(job.model(), MainJob.on("cuda:0"));
        Tensor pictures = job.pictures(2);
        Sweep sweep = MainJob.occlusion().prepare(network, pictures.shape())) {
      sweep.map(pictures, 0, OcclusionListener.NONE);
      long up = Emulator.calls("cuMemcpyHtoDAsync_v2");
      long down = Emulator.calls("cuMemcpyDtoHAsync_v2");
      sweep.map(pictures, 1, OcclusionListener.NONE);
      assertEquals(1, Emulator.calls("cuMemcpyHtoDAsync_v2") - up, "copies up");
      assertEquals(1, Emulator.calls("cuMemcpyDtoHAsync_v2") - down, "copies down");
    }
    Emulator.assertClean("two sweeps");
  }

  @Test
  void ofAllClassesAndOfALayerAreAsOnTheCpu() throws IOException {
    var job = MainJob.in(folder);
    OcclusionMap expected = everything(job, "cpu");
    OcclusionMap actual = everything(job, "cuda:0");
    assertEquals(expected.target(), actual.target());
    assertArrayEquals(expected.scores(), actual.scores(), 1e-5f);
    assertArrayEquals(
        expected.classScores().orElseThrow(), actual.classScores().orElseThrow(), 1e-5f);
    assertArrayEquals(expected.layerSums().orElseThrow(), actual.layerSums().orElseThrow(), 1e-3f);
    Emulator.assertClean("all classes");
  }

  private static OcclusionMap everything(MainJob job, String device) {
    Occlusion occlusion =
        Occlusion.with(o -> o.patch(4, 4).stride(3, 3).allClasses(true).track("conv#2"));
    try (Network network = Network.load(job.model(), MainJob.on(device));
        Tensor picture = job.pictures(1)) {
      return occlusion.map(network, picture);
    }
  }
}
