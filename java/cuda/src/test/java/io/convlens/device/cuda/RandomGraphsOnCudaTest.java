package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random graphs on the emulator against the CPU device, output by output. Run one again with {@code
 * -Dconvlens.seed=N}, or many with {@code -Dconvlens.seeds=N}.
 */
final class RandomGraphsOnCudaTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 150);
  private static final int PICTURES = 2;

  /** Of the output's largest magnitude. */
  private static final double TOLERANCE = 1e-5;

  /** Outputs smaller than this are compared absolutely: differences of equals are all rounding. */
  private static final double LEAST = 1e-2;

  @Test
  void agreeWithTheCpu(@TempDir Path folder) throws IOException {
    Emulator.assume();
    Emulator.reset();
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    try (Device cpu = Devices.open("cpu", new DeviceOptions(1));
        Device cuda = Devices.open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
        RandomGraphs.Case c = RandomGraphs.of(seed);
        Emulator.seed(seed);
        Path file = c.model().write(folder.resolve("model.onnx"));
        try {
          compare(c, outputs(c, file, cpu), outputs(c, file, cuda), wrong);
        } catch (RuntimeException e) {
          wrong.add(c.describe() + ": " + e);
        }
      }
    }
    assertEquals("", String.join("\n", wrong));
    Emulator.assertClean("random graphs");
  }

  private static List<float[]> outputs(RandomGraphs.Case c, Path file, Device device) {
    List<float[]> outputs = new ArrayList<>();
    try (var model = Model.read(file)) {
      Graph graph = model.graph(c.input(1).dims());
      int batch = graph.batchable() ? PICTURES : graph.baseBatch();
      try (var session = Session.prepare(device, graph, batch, Set.of());
          var input = Tensor.of(c.input(PICTURES), c.values(PICTURES))) {
        session.upload(input, 0, batch);
        session.run();
        for (Value v : graph.outputs()) {
          try (var to = Tensor.zeros(v.shape(batch))) {
            session.download(v, v.batched() ? batch : v.shape().intDim(0), to, 0);
            outputs.add(to.toArray());
          }
        }
      }
    }
    return outputs;
  }

  private static void compare(
      RandomGraphs.Case c, List<float[]> cpu, List<float[]> cuda, List<String> wrong) {
    for (int i = 0; i < cpu.size(); i++) {
      double difference = difference(cpu.get(i), cuda.get(i));
      if (!(difference <= TOLERANCE)) {
        wrong.add(c.describe() + ": output " + i + " differs by " + difference);
      }
    }
  }

  private static double difference(float[] expected, float[] actual) {
    double largest = LEAST;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double d = Math.abs((double) expected[i] - actual[i]);
      difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
    }
    return difference / largest;
  }
}
