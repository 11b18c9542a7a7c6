package io.convlens.activation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sums up a layer's values, picture by picture. Not safe from several threads. */
public final class ActivityTally {
  private final TappedLayer layer;
  private final int places;
  private final double[] max;
  private final double[] sum;
  private final long[] positive;
  private final long[] zero;
  private final double[] localities;
  private final long[] localMaps;
  private final Locality locality = new Locality();
  private int pictures;

  /** Nothing seen yet. */
  public ActivityTally(TappedLayer layer) {
    this.layer = layer;
    this.places = layer.places();
    int channels = layer.channels();
    this.max = new double[channels];
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
    this.sum = new double[channels];
    this.positive = new long[channels];
    this.zero = new long[channels];
    this.localities = new double[channels];
    this.localMaps = new long[channels];
  }

  /**
   * Takes in pictures.
   *
   * @param values {@code [count,C,H,W]} from the array's start, finite
   */
  public void add(float[] values, int count) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < max.length; c++, at += places) {
        addMap(c, values, at);
      }
    }
    pictures += count;
  }

  private void addMap(int c, float[] values, int from) {
    float most = Float.NEGATIVE_INFINITY;
    double total = 0;
    int above = 0;
    int none = 0;
    for (int i = from; i < from + places; i++) {
      float v = values[i];
      most = Math.max(most, v);
      total += v;
      above += v > 0 ? 1 : 0;
      none += v == 0 ? 1 : 0;
    }
    max[c] = Math.max(max[c], most);
    sum[c] += total;
    positive[c] += above;
    zero[c] += none;
    if (places > 1 && none < places) {
      localities[c] += locality.of(values, from, places);
      localMaps[c]++;
    }
  }

  /**
   * What was seen.
   *
   * @throws IllegalStateException if nothing was
   */
  public LayerActivity result() {
    if (pictures == 0) {
      throw new IllegalStateException("no picture seen");
    }
    long each = (long) pictures * places;
    List<LayerActivity.Channel> channels = new ArrayList<>();
    for (int c = 0; c < max.length; c++) {
      channels.add(
          new LayerActivity.Channel(
              // Never -0.0, which would be written so.
              max[c] + 0.0,
              sum[c] / each,
              (double) positive[c] / each,
              localities[c] / localMaps[c],
              zero[c] == each));
    }
    double zeros = (double) Arrays.stream(zero).sum() / each / max.length;
    double local = Arrays.stream(localities).sum() / Arrays.stream(localMaps).sum();
    return new LayerActivity(layer, pictures, zeros, local, channels);
  }
}
