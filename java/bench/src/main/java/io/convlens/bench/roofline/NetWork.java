package io.convlens.bench.roofline;

import io.convlens.device.MapShape;
import io.convlens.engine.Session;
import io.convlens.graph.Backward;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Graph;
import io.convlens.graph.Nets;
import io.convlens.graph.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What one batch has to do on a network, as the engine lowers and fuses its operations.
 *
 * @param net the network
 * @param batch pictures
 * @param operations in order
 */
record NetWork(Nets net, int batch, List<Work> operations) {
  /** Copies the list. */
  NetWork {
    operations = List.copyOf(operations);
  }

  /**
   * A batch of a plain sweep: occluded pictures, the network, and scores.
   *
   * @throws IOException if the network can't be written to a temporary file
   */
  static NetWork of(Nets net, int batch) throws IOException {
    return NetFile.read(net, net.options().height(), graph -> of(net, graph, batch));
  }

  static NetWork of(Nets net, Graph graph, int batch) {
    List<Work> works = new ArrayList<>();
    int height = graph.input().shape().intDim(2);
    int width = graph.input().shape().intDim(3);
    works.add(Work.occlude(MapShape.dense(batch, 1, height, width, NetFile.COLOURS)));
    works.addAll(run(graph, batch, Set.of()));
    works.add(Work.scores(batch, net.options().classes()));
    return new NetWork(net, batch, works);
  }

  /**
   * A batch of gradients of a class's score with respect to the picture: forward and backward.
   *
   * @throws IOException if the network can't be written to a temporary file
   */
  static NetWork gradient(Nets net, int batch) throws IOException {
    return NetFile.read(
        net,
        net.options().height(),
        graph -> {
          Value score = graph.outputs().getFirst();
          Value picture = graph.input();
          try (Backward back = Backward.of(graph, score, Set.of(picture), GradientRule.GRADIENT)) {
            return new NetWork(
                net, batch, run(back.graph(), batch, Set.of(back.gradient(picture))));
          }
        });
  }

  /** What one run gives a device to do. */
  private static List<Work> run(Graph graph, int batch, Set<Value> taps) {
    try (var device = new RecordingDevice(Gpu.H100);
        Session session = Session.prepare(device, graph, batch, taps)) {
      device.forget();
      session.run();
      return device.ran().stream().map(Work::of).toList();
    }
  }

  double flops() {
    return operations.stream().mapToDouble(Work::flops).sum();
  }

  double bytes() {
    return operations.stream().mapToDouble(Work::bytes).sum();
  }

  /** The least time for the batch, operation by operation, in seconds. */
  double seconds(Gpu gpu) {
    return operations.stream().mapToDouble(w -> w.seconds(gpu)).sum();
  }
}
