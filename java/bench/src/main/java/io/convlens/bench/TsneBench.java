package io.convlens.bench;

import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.embed.Embedding;
import io.convlens.embed.EmbeddingOptions;
import io.convlens.embed.Points;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What {@code embed} takes for so many points: affinities and figures (no iterations), and the
 * whole with 1,000 iterations, in turns in one process, the first turn not counted. Points are ten
 * clouds in 50 dimensions, so that there is no PCA before it. Prints the median and the range over
 * turns.
 *
 * <pre>{@code
 * java -cp "$(convlens bench class path)" io.convlens.bench.TsneBench 1000 10000
 * }</pre>
 *
 * <p>{@code -Dturns} says how many turns, {@code -Diterations} how many iterations, {@code
 * -Ddevice=cuda} which device; {@code cpu} is usual.
 */
final class TsneBench {
  private static final int TURNS = Integer.getInteger("turns", 5);
  private static final int ITERATIONS = Integer.getInteger("iterations", 1000);
  private static final int DIMENSIONS = 50;
  private static final int CLOUDS = 10;
  private static final double APART = 3;

  private TsneBench() {}

  public static void main(String[] args) {
    String id = System.getProperty("device", "cpu");
    try (Device device = Devices.open(id, DeviceOptions.DEFAULT)) {
      if (device.info().isEmulated()) {
        throw new IllegalArgumentException(id + " is emulated: its times say nothing");
      }
      for (String count : args) {
        run(device, clouds(Integer.parseInt(count)));
      }
    }
  }

  private static Points clouds(int count) {
    var random = new Random(1);
    float[][] middles = new float[CLOUDS][DIMENSIONS];
    for (float[] middle : middles) {
      for (int k = 0; k < DIMENSIONS; k++) {
        middle[k] = (float) (APART * random.nextGaussian());
      }
    }
    Points points = Points.zeros(count, DIMENSIONS);
    float[] row = new float[DIMENSIONS];
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < DIMENSIONS; k++) {
        row[k] = middles[i % CLOUDS][k] + (float) random.nextGaussian();
      }
      points.set(i, row, 0);
    }
    return points;
  }

  private static void run(Device device, Points points) {
    List<Double> around = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    double kl = 0;
    for (int turn = -1; turn < TURNS; turn++) {
      long start = System.nanoTime();
      embed(device, points, 0);
      long middle = System.nanoTime();
      kl = embed(device, points, ITERATIONS).kl();
      if (turn >= 0) {
        around.add((middle - start) / 1e9);
        whole.add((System.nanoTime() - middle) / 1e9);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%7d points on %s: no iterations %s, %d iterations %s; KL %.3f%n",
        points.count(),
        device.info().id(),
        text(around),
        ITERATIONS,
        text(whole),
        kl);
  }

  private static Embedding embed(Device device, Points points, int iterations) {
    var options = new EmbeddingOptions(30, iterations, 0, DIMENSIONS, 0);
    return Embedding.of(points, options, device, _ -> {});
  }

  private static String text(List<Double> seconds) {
    return String.format(
        Locale.ROOT,
        "%.2f s (%.2f-%.2f)",
        Statistics.median(seconds),
        seconds.stream().mapToDouble(s -> s).min().orElse(0),
        seconds.stream().mapToDouble(s -> s).max().orElse(0));
  }
}
