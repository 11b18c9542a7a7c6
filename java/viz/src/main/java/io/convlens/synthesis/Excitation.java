package io.convlens.synthesis;

import io.convlens.tensor.Shape;

/**
 * A picture that was made to excite something.
 *
 * @param subject what
 * @param shape of the network's input: {@code [1,C,H,W]}, or {@code [1,H,W,C]} where it takes that
 * @param input the picture as the network takes it, row-major; not to be changed
 * @param start what the subject was excited to by what it began with
 * @param end what by the picture
 * @param moved whether a gradient was found: a unit that nothing excites has none, and its picture
 *     is what it began with
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody; copies would double them.
public record Excitation(
    Subject subject, Shape shape, float[] input, double start, double end, boolean moved) {}
