package io.convlens.activation;

import io.convlens.device.Spec;
import io.convlens.engine.Statistic;
import io.convlens.graph.Activation;
import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Peaks of ReLUs that follow from the peaks of what goes into them, where those are read, too: a
 * ReLU's largest value is the same, at the same place, or 0, and then everywhere. Half of what
 * there is to look at in a network of convolutions and ReLUs.
 */
final class RectifiedPeaks {
  private final Map<Integer, Integer> sources = new HashMap<>();

  RectifiedPeaks(Graph graph, List<Reading> readings) {
    Map<Value, Node> makers = new HashMap<>();
    graph.nodes().forEach(n -> makers.put(n.output(), n));
    Map<Value, Integer> peaks = new HashMap<>();
    for (int i = 0; i < readings.size(); i++) {
      if (isPeak(readings.get(i))) {
        peaks.put(readings.get(i).layer().value(), i);
      }
    }
    for (int i = 0; i < readings.size(); i++) {
      if (isPeak(readings.get(i))
          && makers.get(readings.get(i).layer().value()) instanceof Node.Activate a
          && a.function() instanceof Activation.Relu
          && peaks.containsKey(a.x())
          // A ReLU of a ReLU would have to wait for the first.
          && !(makers.get(a.x()) instanceof Node.Activate)) {
        sources.put(i, peaks.get(a.x()));
      }
    }
  }

  private static boolean isPeak(Reading reading) {
    return reading instanceof Reading.Numbers(_, Statistic s)
        && s.directions().isEmpty()
        && s.kind().equals(new Statistic.Kind.Figures(Spec.Figures.PEAK));
  }

  /** Which reading this one follows from. */
  OptionalInt source(int reading) {
    Integer source = sources.get(reading);
    return source == null ? OptionalInt.empty() : OptionalInt.of(source);
  }

  /**
   * The peaks after a ReLU.
   *
   * @param before {@code [count,3,channels]}
   * @param after the same, filled
   */
  static void rectify(float[] before, float[] after, int count, int channels) {
    int each = Spec.Figures.PEAK.count() * channels;
    for (int picture = 0; picture < count * each; picture += each) {
      int largest = picture + Statistic.LARGEST * channels;
      int place = picture + Statistic.PLACE * channels;
      for (int c = 0; c < channels; c++) {
        float peak = Math.max(0, before[largest + c]);
        after[largest + c] = peak;
        after[place + c] = peak > 0 ? before[place + c] : 0;
        after[picture + Statistic.MAGNITUDE * channels + c] = peak;
      }
    }
  }
}
