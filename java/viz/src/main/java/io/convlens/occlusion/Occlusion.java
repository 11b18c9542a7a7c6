package io.convlens.occlusion;

import io.convlens.network.Network;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Occlusion maps (Zeiler and Fergus, 2014, "Visualizing and Understanding Convolutional Networks",
 * section 4.2; attribution as Captum's {@code Occlusion} defines it).
 *
 * <pre>{@code
 * OcclusionMap map = Occlusion.with(o -> o.patch(32).stride(8)).map(net, picture);
 * }</pre>
 *
 * @param options how the sweep is done
 */
public record Occlusion(OcclusionOptions options) {
  /** With changes to the default options. */
  public static Occlusion with(UnaryOperator<OcclusionOptions> changes) {
    return new Occlusion(changes.apply(OcclusionOptions.DEFAULT));
  }

  /**
   * The map of one picture, for options with one patch size.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   */
  public OcclusionMap map(Network network, Tensor picture) {
    return maps(network, picture).only();
  }

  /**
   * The maps of one picture, one for each of the options' patch sizes.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   */
  public OcclusionMaps maps(Network network, Tensor picture) {
    try (Sweep sweep = prepare(network, picture.shape())) {
      return sweep.maps(picture, 0, OcclusionListener.NONE);
    }
  }

  /**
   * A sweep that is prepared for pictures of one size, for many of them; the caller closes it.
   *
   * @param input {@code [N,C,H,W]}, as the network takes it; N doesn't matter
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   */
  public Sweep prepare(Network network, Shape input) {
    return new Sweep(network, input, options);
  }
}
