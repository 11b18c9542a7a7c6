package io.convlens.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.Nets;
import io.convlens.tensor.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The networks with random weights run, and say something of the picture. */
final class NetsOnOnnxRuntimeTest {
  private static final int SIDE = 64;

  @ParameterizedTest
  @EnumSource(
      value = Nets.class,
      names = {
        "RESNET_18",
        "RESNET_50",
        "GOOGLENET",
        "SQUEEZENET_1_1",
        "MOBILENET_V2",
        "DENSENET_121"
      })
  void foldingKeepsTheAnswerAndLogitsDiffer(Nets net) {
    float[] folded = logits(net, true, 1);
    float[] apart = logits(net, false, 1);
    assertTrue(Statistics.relativeDifference(folded, apart) < 1e-4);

    double mean = mean(folded);
    double variance = 0;
    for (float f : folded) {
      variance += (f - mean) * (f - mean) / folded.length;
    }
    assertTrue(variance > 0.01 && variance < 100, "variance of logits " + variance);

    // Another picture gives another answer, by far more than rounding.
    assertTrue(Statistics.relativeDifference(folded, logits(net, true, 2)) > 1e-3);
  }

  private static float[] logits(Nets net, boolean folded, long pictureSeed) {
    var options = net.options().size(SIDE).foldedBatchNorm(folded);
    var random = new SplittableRandom(pictureSeed);
    float[] picture = new float[3 * SIDE * SIDE];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) random.nextDouble(-1.7, 1.7);
    }
    try (var peer = OrtPeer.open(net.build(options).model().bytes(), 1)) {
      var outputs = peer.run(Shape.of(1, 3, SIDE, SIDE), picture).values();
      assertEquals(1, outputs.size());
      OrtPeer.Output logits = outputs.iterator().next();
      assertEquals(Shape.of(1, 1000), logits.shape());
      return logits.values();
    }
  }

  private static double mean(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return Arrays.stream(wide).average().orElseThrow();
  }
}
