package io.convlens.bench.roofline;

import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.graph.Nets;
import io.convlens.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** One of the usual networks in a temporary file, since the engine reads files. */
final class NetFile {
  static final int COLOURS = 3;

  private NetFile() {}

  /**
   * What a function makes of the network's graph for one square picture.
   *
   * @throws IOException if the file can't be written
   */
  static <T> T read(Nets net, int side, Function<Graph, T> use) throws IOException {
    Path file = Files.createTempFile("net", ".onnx");
    try {
      net.write(file, net.options().size(side));
      try (Model model = Model.read(file)) {
        return use.apply(model.graph(Shape.of(1, COLOURS, side, side).dims()));
      }
    } finally {
      Files.delete(file);
    }
  }
}
