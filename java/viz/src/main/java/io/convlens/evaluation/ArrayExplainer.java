package io.convlens.evaluation;

import io.convlens.evaluation.PixelMap.Joining;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/** Maps that somebody made: {@code [N,h,w]} or {@code [N,C,h,w]}, channels summed. */
final class ArrayExplainer implements Explainer {
  private final String name;
  private final Npy.Reader maps;
  private final int height;
  private final int width;

  /**
   * Maps for pictures of a size.
   *
   * @param maps closed by who opened it
   */
  ArrayExplainer(String name, Npy.Reader maps, int height, int width) {
    this.name = name;
    this.maps = maps;
    this.height = height;
    this.width = width;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean canBeAskedAgain() {
    return false;
  }

  @Override
  public Explainer of(SizedNetwork other) {
    throw new IllegalStateException("finished maps are of one network");
  }

  @Override
  public Explanation explain(Query query) {
    Shape all = maps.shape();
    int rank = all.rank();
    Shape own = Shape.of(rank == 4 ? all.dim(1) : 1, all.dim(rank - 2), all.dim(rank - 1));
    try (Tensor map = Tensor.zeros(own)) {
      maps.read(query.picture() * own.size(), map);
      return Explanation.of(PixelMap.of(own, map.toArray(), Joining.SUM, height, width));
    }
  }

  @Override
  public void close() {
    // The array belongs to who opened it.
  }
}
