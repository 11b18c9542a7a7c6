package io.convlens.bench.roofline;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What one batch of a sweep over a network has to do: occluded pictures, the network's operations
 * as the engine lowers and fuses them, and scores.
 *
 * @param net the network
 * @param batch pictures
 * @param operations in order
 */
record NetWork(Nets net, int batch, List<Work> operations) {
  private static final int COLOURS = 3;

  /** Copies the list. */
  NetWork {
    operations = List.copyOf(operations);
  }

  /**
   * Prepares the network, which is written to a temporary file, on a device that only records.
   *
   * @throws IOException if the file can't be written
   */
  static NetWork of(Nets net, int batch) throws IOException {
    Path file = Files.createTempFile("net", ".onnx");
    try {
      Nets.Options options = net.options();
      net.write(file, options);
      List<Work> works = new ArrayList<>();
      works.add(Work.occlude(MapShape.dense(batch, 1, options.height(), options.width(), COLOURS)));
      for (Spec spec : specs(file, options, batch)) {
        works.add(Work.of(spec));
      }
      works.add(Work.scores(batch, options.classes()));
      return new NetWork(net, batch, works);
    } finally {
      Files.delete(file);
    }
  }

  private static List<Spec> specs(Path file, Nets.Options options, int batch) {
    try (Model model = Model.read(file);
        var device = new RecordingDevice()) {
      Graph graph = model.graph(Shape.of(1, COLOURS, options.height(), options.width()).dims());
      try (var _ = Session.prepare(device, graph, batch, Set.of())) {
        return device.bound();
      }
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
