package io.convlens.activation;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How active a layer was over all pictures and places.
 *
 * @param layer the layer
 * @param pictures how many pictures were seen
 * @param zeros the share of values that are 0, from 0 to 1
 * @param locality the mean over maps that are not all 0 of the share of their mass that lies in the
 *     densest tenth of their places; NaN for flat layers and where all is 0
 * @param channels one a channel
 */
public record LayerActivity(
    TappedLayer layer, int pictures, double zeros, double locality, List<Channel> channels) {
  /**
   * One channel over all pictures and places.
   *
   * @param max its largest value
   * @param mean its mean
   * @param active the share of values above 0
   * @param locality like the layer's
   * @param dead whether it never was other than 0
   */
  public record Channel(double max, double mean, double active, double locality, boolean dead) {}

  /** Below this share of active values a channel that fires is nearly dead. */
  private static final double NEARLY = 1e-3;

  /** One minus the confidence of {@link #firingRateBound}. */
  private static final double DOUBT = 0.05;

  /** Copies the list. */
  public LayerActivity {
    channels = List.copyOf(channels);
  }

  /** The channels that never were other than 0. */
  public List<Integer> dead() {
    return indices(true);
  }

  /** Channels that are not dead, but above 0 at less than one place in a thousand. */
  public List<Integer> nearlyDead() {
    return indices(false);
  }

  private List<Integer> indices(boolean dead) {
    return IntStream.range(0, channels.size())
        .filter(c -> channels.get(c).dead() == dead)
        .filter(c -> dead || (channels.get(c).max() >= 0 && channels.get(c).active() < NEARLY))
        .boxed()
        .toList();
  }

  /**
   * What may still be true of a channel that never fired: with 95 % confidence it fires on at most
   * this share of pictures like those seen. The exact binomial bound, about 3 over their number;
   * Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983.
   */
  public double firingRateBound() {
    return 1 - Math.pow(DOUBT, 1.0 / pictures);
  }
}
