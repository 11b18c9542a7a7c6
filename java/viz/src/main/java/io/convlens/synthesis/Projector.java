package io.convlens.synthesis;

import io.convlens.activation.TappedLayer;
import io.convlens.graph.GradientRule;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Set;

/**
 * What of a picture a unit answers to: the unit carried back to the pixels under a rule (deconvnet,
 * Zeiler and Fergus 2013; guided, Springenberg et al. 2014). Prepared for a layer and pictures of
 * one size. For one thread at a time; close it before its network.
 */
public final class Projector implements AutoCloseable {
  private final PictureSpace space;
  private final TappedLayer layer;
  private final SeededPass pass;

  /**
   * Prepares projections.
   *
   * @param input {@code [N,C,H,W]}, as the network takes it; N doesn't matter
   * @param name whose units, as in {@link io.convlens.graph.Graph#layer}
   * @throws io.convlens.graph.UnknownLayerException if there is no such layer
   * @throws UnusableOptionException if it has no channels of each picture
   * @throws io.convlens.graph.NoGradientException if no gradient leads from it to the input
   */
  public Projector(Network network, Shape input, String name, GradientRule rule) {
    int channels = input.intDim(network.pictureInput().channelAxis());
    // In the network's own numbers: 0 and 1 stand for themselves.
    this.space = PictureSpace.of(network, input, PixelRange.of(channels, 0, 1));
    SizedNetwork sized = network.sized(input);
    this.layer = TappedLayer.of(sized.graph(), name);
    this.pass = new SeededPass(sized, sized.graph(), layer.value(), Set.of(), rule, 1);
  }

  /**
   * Carries one unit back.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it
   * @param channel from 0
   * @param place of its map, row-major
   * @return {@code [C,H,W]}, signed, channels in the network's order
   */
  public float[] project(Tensor picture, int channel, int place) {
    if (channel < 0 || channel >= layer.channels() || place < 0 || place >= layer.places()) {
      throw new UnusableOptionException(
          "unit %d, place %d: layer '%s' has %d units of %d places"
              .formatted(channel, place, layer.asked(), layer.channels(), layer.places()));
    }
    pass.input(0, picture.toArray());
    float[] seed = new float[pass.valueSize()];
    seed[channel * layer.places() + place] = 1;
    pass.seed(0, seed);
    pass.run();
    return space.gradient(pass.gradients(), 0);
  }

  /**
   * Carries back the channel whose map has the largest total, all of its map with the values that
   * it has.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it
   */
  public Strongest strongest(Tensor picture) {
    pass.input(0, picture.toArray());
    pass.run();
    float[] values = pass.values();
    int places = layer.places();
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < layer.channels(); c++) {
      double total = 0;
      for (int p = 0; p < places; p++) {
        total += values[c * places + p];
      }
      if (total > most) {
        most = total;
        best = c;
      }
    }
    float[] seed = new float[pass.valueSize()];
    System.arraycopy(values, best * places, seed, best * places, places);
    pass.seed(0, seed);
    pass.run();
    return new Strongest(best, most, space.gradient(pass.gradients(), 0));
  }

  /**
   * A layer's strongest channel for a picture.
   *
   * @param channel the first of the largest total
   * @param total the sum of its map
   * @param projection {@code [C,H,W]}, signed, channels in the network's order
   */
  @SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
  public record Strongest(int channel, double total, float[] projection) {}

  @Override
  public void close() {
    pass.close();
  }
}
