package io.convlens.gradient;

import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.function.UnaryOperator;

/**
 * Attribution by gradients.
 *
 * <pre>{@code
 * Attribution a = Saliency.with(o -> o.method(Method.INTEGRATED_GRADIENTS)).map(net, cat.input());
 * }</pre>
 *
 * @param options how
 */
public record Saliency(SaliencyOptions options) {

  /** With changes to {@link SaliencyOptions#DEFAULT}. */
  public static Saliency with(UnaryOperator<SaliencyOptions> changes) {
    return new Saliency(changes.apply(SaliencyOptions.DEFAULT));
  }

  /**
   * The attribution of one picture.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   * @throws io.convlens.graph.NoGradientException if the network has no gradient there
   */
  public Attribution map(Network network, Tensor picture) {
    try (SaliencyMapper mapper = prepare(network, picture.shape())) {
      return mapper.map(picture, 0);
    }
  }

  /**
   * Prepared for pictures of one size, for many of them; the caller closes it.
   *
   * @param input {@code [N,C,H,W]}, as the network takes it; N doesn't matter
   * @throws io.convlens.io.UnusableOptionException if an option does not fit the network
   * @throws io.convlens.graph.NoGradientException if the network has no gradient there
   */
  public SaliencyMapper prepare(Network network, Shape input) {
    return prepare(network.sized(input), 1);
  }

  /**
   * Likewise for a network of a size.
   *
   * @param pictures how many there will be at once: methods of one pass take several together
   */
  public SaliencyMapper prepare(SizedNetwork network, long pictures) {
    return new SaliencyMapper(network, options, pictures);
  }
}
