package io.convlens.activation;

import io.convlens.engine.Statistic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sums up what numbers tell of a layer, picture by picture: its maps stay on the device. Not safe
 * from several threads.
 */
public final class ActivityTally implements LayerTally {
  /**
   * The part of a map's places, rounded up, whose share of its mass, the sum of magnitudes, says
   * how local it is: 0.1 for a flat map, 1 where a tenth holds everything.
   */
  private static final double DENSE = 0.1;

  private final TappedLayer layer;
  private final int places;
  private final double[] max;
  private final double[] sum;
  private final long[] positive;
  private final long[] zero;
  private final double[] localities;
  private final long[] localMaps;
  private final List<Reading> readings = new ArrayList<>();
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
    readings.add(new Reading.Numbers(layer, Statistic.activity(layer.value())));
    if (places > 1) {
      int dense = (int) Math.ceil(places * DENSE);
      readings.add(
          new Reading.Numbers(layer, Statistic.rankOfMagnitudes(layer.value(), places - dense)));
    }
  }

  @Override
  public List<Reading> readings() {
    return List.copyOf(readings);
  }

  @Override
  public void take(int reading, float[] numbers, int first, int count) {
    if (reading == 0) {
      for (int i = 0; i < count; i++) {
        addFigures(numbers, i * numbersAMap(reading) * max.length);
      }
      pictures += count;
    } else {
      for (int i = 0; i < count; i++) {
        addMass(numbers, i * numbersAMap(reading) * max.length);
      }
    }
  }

  private int numbersAMap(int reading) {
    return (int) (readings.get(reading).size() / max.length);
  }

  private void addFigures(float[] numbers, int from) {
    int channels = max.length;
    for (int c = 0; c < channels; c++) {
      max[c] = Math.max(max[c], numbers[from + Statistic.LARGEST * channels + c]);
      sum[c] += numbers[from + Statistic.SUM * channels + c];
      positive[c] += (long) numbers[from + Statistic.POSITIVE * channels + c];
      zero[c] += (long) numbers[from + Statistic.ZERO * channels + c];
    }
  }

  private void addMass(float[] numbers, int from) {
    int channels = max.length;
    for (int c = 0; c < channels; c++) {
      double mass = numbers[from + Statistic.OF_ALL * channels + c];
      if (mass > 0) {
        localities[c] += Math.min(1, numbers[from + Statistic.FROM_RANK * channels + c] / mass);
        localMaps[c]++;
      }
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
