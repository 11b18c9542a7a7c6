package io.convlens.synthesis;

import io.convlens.tensor.Shape;

/**
 * A picture that was found again from a layer's code.
 *
 * @param shape of the network's input: {@code [1,C,H,W]}, or {@code [1,H,W,C]} where it takes that
 * @param input the picture as the network takes it, row-major; not to be changed
 * @param start the error of what it began with
 * @param error ‖Φ(x) − Φ(x₀)‖ / ‖Φ(x₀)‖, Φ being the layer and x₀ the original
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody; copies would double them.
public record Reconstruction(Shape shape, float[] input, double start, double error) {}
