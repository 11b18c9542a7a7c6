package io.convlens.engine;

import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * What a graph becomes for a batch of one size: steps in order, and where every value lies.
 *
 * @param places the values that have a place: those that a step writes, inputs and constants
 * @param constants storages that are filled once, with what, in row-major order
 */
record Program(List<Step> steps, Map<Value, Place> places, Map<Storage, Tensor> constants) {}
