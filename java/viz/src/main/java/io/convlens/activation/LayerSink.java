package io.convlens.activation;

/**
 * What takes in the values of layers, or numbers about them, batch by batch, in the pictures'
 * order.
 */
@FunctionalInterface
public interface LayerSink {
  /**
   * What was read of some pictures.
   *
   * @param reading its place in the list of those asked for
   * @param values {@code [count,C,H,W]} or {@code [count,K]}, or {@code [count,numbers,channels]},
   *     row-major, from the array's start; the array is used again for the next pictures
   * @param first the first picture's index
   * @param count how many pictures
   */
  void take(int reading, float[] values, int first, int count);

  /**
   * The same pictures' probabilities, after all layers' values.
   *
   * @param probabilities {@code [count,K]}
   */
  default void predictions(float[] probabilities, int first, int count) {}
}
