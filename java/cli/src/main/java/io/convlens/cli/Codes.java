package io.convlens.cli;

import io.convlens.activation.LayerPass;
import io.convlens.activation.LayerSink;
import io.convlens.activation.Reading;
import io.convlens.activation.TappedLayer;
import io.convlens.embed.Points;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is laid out: a code for each picture.
 *
 * @param points the codes
 * @param classes what the network says of each picture, where it was asked
 */
record Codes(Points points, Optional<List<String>> classes) {
  /** A layer's values, which also go to a file. */
  static Codes ofLayer(Network network, Inputs inputs, String name, Path file, Voice voice) {
    var pass = new LayerPass(network, inputs);
    TappedLayer layer = TappedLayer.of(pass.graph(), name);
    int size = Math.toIntExact(layer.shape().size());
    Points points = Points.zeros(inputs.count(), size);
    List<String> classes = new ArrayList<>();
    int kinds = pass.network().classes();
    try (Npy.Writer writer = Npy.writer(file, Shape.of(inputs.count(), size));
        var progress = new Progress(voice, "pictures")) {
      var sink =
          new LayerSink() {
            @Override
            public void take(int index, float[] values, int first, int count) {
              writer.append(Arrays.copyOf(values, count * size));
              for (int i = 0; i < count; i++) {
                points.set(first + i, values, i * size);
              }
            }

            @Override
            public void predictions(float[] probabilities, int first, int count) {
              for (int i = 0; i < count; i++) {
                classes.add(network.labels().name(best(probabilities, i * kinds, kinds)));
              }
            }
          };
      pass.run(
          List.of(new Reading.Values(layer)),
          0,
          inputs.count(),
          sink,
          done -> progress.at(done, inputs.count()));
      writer.commit();
    }
    return new Codes(points, kinds > 1 ? Optional.of(classes) : Optional.empty());
  }

  private static int best(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = values[from + i] > values[from + best] ? i : best;
    }
    return best;
  }

  /** An array's rows, which also go to another file. */
  static Codes ofFile(Path file, Path copy) {
    try (Npy.Reader reader = Npy.reader(file)) {
      Shape shape = reader.shape();
      if (shape.rank() != 2 || shape.size() == 0 || shape.size() / shape.dim(1) > 1 << 27) {
        throw new UnusableInputException(file, "has shape " + shape + ": codes are [N,D]");
      }
      Points points = Points.zeros(shape.intDim(0), shape.intDim(1));
      try (Npy.Writer writer = Npy.writer(copy, shape);
          Tensor row = Tensor.zeros(Shape.of(shape.dim(1)))) {
        for (int i = 0; i < points.count(); i++) {
          reader.read(i * row.size(), row);
          long bad = row.firstNotFinite();
          if (bad >= 0) {
            throw new UnusableInputException(
                file, "holds %s (element %d of code %d)".formatted(row.get(bad), bad, i));
          }
          float[] values = row.toArray();
          points.set(i, values, 0);
          writer.append(values);
        }
        writer.commit();
      }
      return new Codes(points, Optional.empty());
    }
  }
}
