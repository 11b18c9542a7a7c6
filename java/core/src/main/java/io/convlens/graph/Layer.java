package io.convlens.graph;

import io.convlens.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A node as the ONNX file has it: what people name when they ask for a layer.
 *
 * @param name the node's name, or its output's where it has none
 * @param op the ONNX operator, e.g. {@code Conv}
 * @param output its first output's name
 * @param shape that output's extents for the graph's base batch
 * @param parameters the number of weights in its constant inputs; bounds, scales of a resize and
 *     other settings are none
 * @param macs multiply-adds of one picture without bias; 0 where the operator does not count
 * @param value what the graph computes for it; null where it is a constant (shape arithmetic)
 */
public record Layer(
    String name,
    String op,
    String output,
    Shape shape,
    long parameters,
    long macs,
    @Nullable Value value) {}
