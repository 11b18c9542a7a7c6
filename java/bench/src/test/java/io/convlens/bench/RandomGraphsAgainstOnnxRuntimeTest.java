package io.convlens.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.RandomGraphs;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ConvLens on the CPU against ONNX Runtime on random graphs, output by output. Run one again with
 * {@code -Dconvlens.seed=N}, or many with {@code -Dconvlens.seeds=N}.
 */
final class RandomGraphsAgainstOnnxRuntimeTest {
  private static final int SEEDS = Integer.getInteger("convlens.seeds", 600);

  /** Enough for the lanes of one of the two devices. */
  private static final int PICTURES = 4;

  /**
   * Of the output's largest magnitude: both compute in float32, in other orders, and normalisations
   * of maps that hardly vary magnify what rounding left.
   */
  private static final double TOLERANCE = 1e-4;

  /** Outputs smaller than this are compared absolutely: differences of equals are all rounding. */
  private static final double LEAST = 1e-2;

  /** With one thread, and with lanes: seeds alternate. */
  private static final List<Device> DEVICES = new ArrayList<>();

  @BeforeAll
  static void open() {
    for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
      if (provider.kind().equals("cpu")) {
        String id = provider.probe().getFirst().id();
        DEVICES.add(provider.open(id, new DeviceOptions(1)));
        DEVICES.add(provider.open(id, new DeviceOptions(2)));
      }
    }
  }

  @AfterAll
  static void close() {
    DEVICES.forEach(Device::close);
    DEVICES.clear();
  }

  @Test
  void agree(@TempDir Path folder) throws IOException {
    Integer one = Integer.getInteger("convlens.seed");
    List<String> wrong = new ArrayList<>();
    for (int seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
      RandomGraphs.Case c = RandomGraphs.of(seed);
      Path file = c.model().write(folder.resolve("model.onnx"));
      try {
        compare(c, theirs(c, file), ours(c, file, DEVICES.get(seed % DEVICES.size())), wrong);
      } catch (RuntimeException e) {
        wrong.add(c.describe() + ": " + e);
      }
    }
    assertEquals("", String.join("\n", wrong));
  }

  private static Map<String, OrtPeer.Output> theirs(RandomGraphs.Case c, Path file) {
    try (var peer = OrtPeer.open(file, 1)) {
      return peer.run(c.input(PICTURES), c.values(PICTURES));
    }
  }

  private static Map<String, float[]> ours(RandomGraphs.Case c, Path file, Device device) {
    Map<String, float[]> outputs = new LinkedHashMap<>();
    try (var model = Model.read(file)) {
      Graph graph = model.graph(c.input(1).dims());
      int batch = graph.batchable() ? PICTURES : graph.baseBatch();
      try (var session = Session.prepare(device, graph, batch, Set.of());
          var input = Tensor.of(c.input(PICTURES), c.values(PICTURES))) {
        session.upload(input, 0, batch);
        session.run();
        for (int i = 0; i < graph.outputs().size(); i++) {
          Value v = graph.outputs().get(i);
          try (var to = Tensor.zeros(v.shape(batch))) {
            session.download(v, v.batched() ? batch : v.shape().intDim(0), to, 0);
            outputs.put(graph.outputNames().get(i), to.toArray());
          }
        }
      }
    }
    return outputs;
  }

  private static void compare(
      RandomGraphs.Case c,
      Map<String, OrtPeer.Output> theirs,
      Map<String, float[]> ours,
      List<String> wrong) {
    theirs.forEach(
        (name, output) -> {
          float[] mine = ours.get(name);
          if (mine == null || mine.length != output.values().length) {
            wrong.add(c.describe() + ": " + name + output.shape() + " is missing or of other size");
            return;
          }
          double difference = difference(output.values(), mine);
          if (!(difference <= TOLERANCE)) {
            wrong.add(c.describe() + ": " + name + output.shape() + " differs by " + difference);
          }
        });
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
