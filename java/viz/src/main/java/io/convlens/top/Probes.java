package io.convlens.top;

import io.convlens.activation.TappedLayer;
import io.convlens.io.UnusableOptionException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** What is looked for in a layer: some of its units, or directions in the space of its channels. */
public sealed interface Probes {
  /** How many there are. */
  int count();

  /** What they are called in files. */
  String kind();

  /** A probe's number for people: a unit's index in the layer, or a direction's in its list. */
  int number(int probe);

  /**
   * Units, channel by channel.
   *
   * @param indices which
   */
  record Units(List<Integer> indices) implements Probes {
    /** Copies the list. */
    public Units {
      indices = List.copyOf(indices);
    }

    /** All units of a layer. */
    public static Units all(TappedLayer layer) {
      return new Units(IntStream.range(0, layer.channels()).boxed().toList());
    }

    /**
     * Some units of a layer.
     *
     * @throws UnusableOptionException if it hasn't one of them
     */
    public static Units of(TappedLayer layer, List<Integer> indices) {
      for (int unit : indices) {
        if (unit < 0 || unit >= layer.channels()) {
          throw new UnusableOptionException(
              "unit %d is not among those of layer '%s', 0 to %d"
                  .formatted(unit, layer.asked(), layer.channels() - 1));
        }
      }
      return new Units(indices);
    }

    @Override
    public int count() {
      return indices.size();
    }

    @Override
    public String kind() {
      return "unit";
    }

    @Override
    public int number(int probe) {
      return indices.get(probe);
    }
  }

  /**
   * Directions: at each place the dot product with the channels' values, not normalised.
   *
   * @param vectors {@code [M][C]}
   */
  @SuppressWarnings("ArrayRecordComponent") // Read only, compared by nobody.
  record Directions(float[][] vectors) implements Probes {
    /** Random directions of length 1, as many as wanted (Szegedy et al., 2013, section 3). */
    public static Directions random(TappedLayer layer, int count, long seed) {
      var random = new Random(seed);
      float[][] vectors = new float[count][layer.channels()];
      for (float[] vector : vectors) {
        double square = 0;
        double[] drawn = new double[vector.length];
        for (int c = 0; c < vector.length; c++) {
          drawn[c] = random.nextGaussian();
          square += drawn[c] * drawn[c];
        }
        for (int c = 0; c < vector.length; c++) {
          vector[c] = (float) (drawn[c] / Math.sqrt(square));
        }
      }
      return new Directions(vectors);
    }

    @Override
    public int count() {
      return vectors.length;
    }

    @Override
    public String kind() {
      return "direction";
    }

    @Override
    public int number(int probe) {
      return probe;
    }

    /**
     * Some of them.
     *
     * @param end exclusive
     */
    Tensor tensor(int from, int end) {
      float[] all = new float[(end - from) * vectors[0].length];
      for (int m = from; m < end; m++) {
        System.arraycopy(vectors[m], 0, all, (m - from) * vectors[0].length, vectors[0].length);
      }
      return Tensor.of(Shape.of(end - from, vectors[0].length), all);
    }
  }
}
