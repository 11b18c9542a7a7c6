package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is compared with what; a CPU stands in for the GPU. */
final class SweepBenchTest {
  private static final int ROUNDS = 3;

  @TempDir private Path folder;

  @Test
  void aGpuIsComparedWithTheCpuAndAModeWithFull() throws IOException {
    Path model = TinyNetwork.write(folder.resolve("net.onnx"));
    var options = NetworkOptions.DEFAULT.withDevice("cpu").withThreads(1);
    var said = new StringWriter();
    var voice = new Voice(new PrintWriter(said), new PrintWriter(said), false, false);
    List<Map<String, Object>> all;
    try (Network gpu = Network.load(model, options);
        Network cpu = Network.load(model, options);
        Tensor picture = Tensor.zeros(Shape.of(1, 3, TinyNetwork.HEIGHT, TinyNetwork.WIDTH))) {
      var bench = new SweepBench(OcclusionOptions.DEFAULT.patch(4, 4).stride(3, 3));
      bench.run(
          List.of(
              new SweepBench.Way("cuda:0", gpu, Mode.FULL),
              new SweepBench.Way("cuda:0", gpu, Mode.EXACT),
              SweepBench.Way.of(cpu, Mode.EXACT)),
          picture,
          ROUNDS);
      all = bench.describe(voice);
    }
    assertEquals(
        List.of("cuda:0", "cuda:0", "cpu"), all.stream().map(w -> w.get("device")).toList());
    assertEquals(1.0, all.get(0).get("timesFull"));
    assertFalse(all.get(0).containsKey("timesCpu"), "nothing ran in full on the CPU");
    assertFalse(all.get(2).containsKey("timesFull"));
    assertFalse(all.get(2).containsKey("timesCpu"));
    assertEquals(ratio(all.get(0), all.get(1)), all.get(1).get("timesFull"));
    assertEquals(ratio(all.get(2), all.get(1)), all.get(1).get("timesCpu"));
    assertEquals(1 + all.size(), said.toString().lines().count(), said.toString());
    assertTrue(said.toString().contains("cuda:0"));
  }

  /** The middle one of the rounds' ratios. */
  private static double ratio(Map<String, Object> over, Map<String, Object> under) {
    return java.util.stream.IntStream.range(0, ROUNDS)
        .mapToDouble(i -> seconds(over, i) / seconds(under, i))
        .sorted()
        .toArray()[ROUNDS / 2];
  }

  private static double seconds(Map<String, Object> way, int round) {
    return way.get("secondsEachRound") instanceof List<?> all && all.get(round) instanceof Double d
        ? d
        : Double.NaN;
  }
}
