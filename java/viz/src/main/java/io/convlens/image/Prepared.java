package io.convlens.image;

import io.convlens.tensor.Tensor;

/**
 * A picture made ready for a network. Whoever asked for it closes it, which closes the tensor.
 *
 * @param input float32 {@code [1,C,H,W]}, in ONNX's order
 * @param shown the picture as the network sees it, HxW pixels, before the numbers were changed:
 *     what maps are drawn on
 */
public record Prepared(Tensor input, Picture shown) implements AutoCloseable {
  @Override
  public void close() {
    input.close();
  }
}
