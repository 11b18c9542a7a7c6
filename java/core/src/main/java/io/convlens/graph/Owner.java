package io.convlens.graph;

import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Owns tensors that were made while a network was read, and frees them together. Thread-safe. */
final class Owner implements AutoCloseable {
  private final List<Tensor> tensors = new ArrayList<>();

  /** Takes a tensor over. */
  synchronized Tensor own(Tensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public synchronized void close() {
    tensors.forEach(Tensor::close);
    tensors.clear();
  }
}
