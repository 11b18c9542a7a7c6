package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.cuda.EmulatedJob;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sweep by differences on the emulator, of a network for which they would not pay: launch by
 * launch and as CUDA graphs, in any order of streams and threads.
 */
final class DeltaOnCudaTest {
  private static final int SEEDS = 30;
  private static final int PICTURES = 3;

  /** Steps from one position to the next. */
  private static final int MANY = 3;

  private static final int FEW = 9;
  private static final double WHATEVER_IT_COSTS = -1e9;

  @TempDir private Path folder;

  @Test
  void isAsOnTheCpuAndTheSameToTheLastBitInAnyOrder() throws IOException {
    var job = new EmulatedJob(folder);
    List<float[]> expected = run(job, "cpu");
    job.reset(0, false);
    List<float[]> first = run(job, "cuda:0");
    compare(expected, first, 1e-5f, "first");
    for (int seed = 1; seed <= SEEDS; seed++) {
      boolean graphs = seed % 2 == 0;
      job.reset(seed, graphs);
      compare(first, run(job, "cuda:0"), 0, "seed " + seed);
      job.assertClean("seed " + seed);
      assertTrue(!graphs || job.graphLaunches() > 0, "seed " + seed);
    }
    job.reset(0, false);
  }

  @Test
  void eachCallThatFailsLeavesTheRightAnswerOrOneClearError() throws IOException {
    var job = new EmulatedJob(folder);
    job.failEachCallOf(() -> run(job, "cuda:0", 1, FEW).getFirst());
    job.reset(0, false);
    run(job, "cuda:0", 1, FEW);
    for (String kernel : List.of("patches", "change_kernel", "pool_change_kernel")) {
      assertTrue(job.launches(kernel) > 0, kernel);
    }
  }

  private static List<float[]> run(EmulatedJob job, String id) {
    return run(job, id, PICTURES, MANY);
  }

  private static void compare(
      List<float[]> expected, List<float[]> actual, float tolerance, String what) {
    for (int i = 0; i < expected.size(); i++) {
      String which = what + ", batch " + i;
      if (tolerance == 0) {
        assertArrayEquals(expected.get(i), actual.get(i), which);
      } else {
        assertArrayEquals(expected.get(i), actual.get(i), tolerance, which);
      }
    }
  }

  /**
   * The network's outputs at all positions of some pictures, in the order of positions.
   *
   * @param step from one position to the next
   */
  private static List<float[]> run(EmulatedJob job, String id, int count, int step) {
    List<float[]> all = new ArrayList<>();
    try (var model = Model.read(job.model());
        Tensor pictures = job.pictures(count);
        Device device = Devices.open(id, new DeviceOptions(1).withTuning(false))) {
      Graph graph = model.graph(pictures.shape().with(0, 1).dims());
      Value output = graph.outputs().getFirst();
      List<List<Rectangle>> patches = List.of(patches(step));
      DeltaSession session =
          DeltaPlanner.prepare(
                  device,
                  graph,
                  1,
                  patches,
                  List.of(0f, 0f, 0f),
                  Set.of(output),
                  Accuracy.EXACT,
                  WHATEVER_IT_COSTS)
              .session()
              .orElseThrow();
      try (session) {
        for (int picture = 0; picture < count; picture++) {
          all.add(scores(session, device, pictures, picture, output, patches(step).size()));
        }
      }
    }
    return all;
  }

  private static List<Rectangle> patches(int step) {
    List<Rectangle> patches = new ArrayList<>();
    for (int y = 0; y < 14; y += step) {
      for (int x = 0; x < 14; x += step) {
        patches.add(new Rectangle(y, x, Math.min(14, y + 2), Math.min(14, x + 2)));
      }
    }
    return patches;
  }

  private static float[] scores(
      DeltaSession session, Device device, Tensor pictures, int picture, Value output, int count) {
    int classes = output.shape().intDim(1);
    float[] scores = new float[(count + 1) * classes];
    session.run(
        pictures,
        picture,
        positions -> {
          try (Tensor rows = Tensor.zeros(Shape.of(positions.length, classes))) {
            device.download(session.rowsOf(output), rows.size(), rows, 0);
            for (int i = 0; i < positions.length; i++) {
              for (int c = 0; c < classes; c++) {
                scores[(positions[i] + 1) * classes + c] = rows.get((long) i * classes + c);
              }
            }
          }
        });
    return scores;
  }
}
