package io.convlens.evaluation;

import io.convlens.network.SizedNetwork;

/**
 * The control that sees the picture and no network: how steep its brightness (the mean of the
 * channels) is at each place, by Sobel's operator, as Adebayo et al. (2018) compare with an edge
 * detector.
 *
 * @param places of the network's input
 */
record EdgeExplainer(Places places) implements Explainer {
  @Override
  public String name() {
    return "edges";
  }

  @Override
  public boolean isControl() {
    return true;
  }

  @Override
  public Explainer of(SizedNetwork other) {
    return this;
  }

  @Override
  public Explanation explain(Query query) {
    float[] grey = grey(query.input());
    float[] map = new float[grey.length];
    for (int y = 0; y < places.height(); y++) {
      for (int x = 0; x < places.width(); x++) {
        double across = 0;
        double down = 0;
        for (int d = -1; d <= 1; d++) {
          int weight = d == 0 ? 2 : 1;
          across += weight * (at(grey, y + d, x + 1) - at(grey, y + d, x - 1));
          down += weight * (at(grey, y + 1, x + d) - at(grey, y - 1, x + d));
        }
        map[y * places.width() + x] = (float) Math.hypot(across, down);
      }
    }
    return Explanation.of(new PixelMap(places.height(), places.width(), map));
  }

  private float[] grey(float[] input) {
    float[] grey = new float[places.count()];
    for (int i = 0; i < grey.length; i++) {
      for (int c = 0; c < places.channels(); c++) {
        grey[i] += input[places.index(i, c)] / places.channels();
      }
    }
    return grey;
  }

  /** Beyond the edge the last pixel goes on. */
  private double at(float[] grey, int y, int x) {
    int row = Math.clamp(y, 0, places.height() - 1);
    return grey[row * places.width() + Math.clamp(x, 0, places.width() - 1)];
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
