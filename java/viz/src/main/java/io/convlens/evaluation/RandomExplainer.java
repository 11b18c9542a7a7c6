package io.convlens.evaluation;

import io.convlens.network.SizedNetwork;
import java.util.SplittableRandom;

/**
 * The control that knows nothing: uniform noise, other noise each time it is asked.
 *
 * @param places of the network's input
 * @param seed what it is drawn from
 */
record RandomExplainer(Places places, long seed) implements Explainer {
  /** Tells the draws for randomised networks from those for the network itself. */
  private static final long OTHER_NETWORK = 0x5851f42d4c957f2dL;

  @Override
  public String name() {
    return "random";
  }

  @Override
  public boolean isControl() {
    return true;
  }

  @Override
  public Explainer of(SizedNetwork other) {
    return new RandomExplainer(places, seed * 31 + OTHER_NETWORK);
  }

  @Override
  public Explanation explain(Query query) {
    var random = new SplittableRandom((seed * 31 + query.picture()) * 31 + query.draw());
    float[] map = new float[places.count()];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) random.nextDouble();
    }
    return Explanation.of(new PixelMap(places.height(), places.width(), map));
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
