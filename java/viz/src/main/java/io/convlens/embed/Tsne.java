package io.convlens.embed;

import io.convlens.device.Device;
import io.convlens.device.Sequence;
import io.convlens.device.Spec;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * t-SNE by gradient descent with momentum and gains, set up as openTSNE does: PCA for the first
 * places, early exaggeration, and a learning rate that grows with the number of points (Belkina et
 * al., "Automated optimized parameters for t-distributed stochastic neighbor embedding", 2019;
 * Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", 2019).
 *
 * <p>Up to {@value #DENSE} points all pairs attract, above that near neighbours; up to {@value
 * #EXACT} points all pairs repel, above that a grid of charges stands in for them, or Barnes and
 * Hut's tree where the grid would be too large. On a GPU all pairs repel up to {@value
 * #EXACT_ON_GPU} points, and the whole descent is there; above that it has the search for
 * neighbours only.
 */
final class Tsne {
  static final int DENSE = 2000;
  static final int EXACT = 5000;

  /**
   * Ten thousand million pairs a step take a GPU of 67·10¹² operations a second 3 ms at least, and
   * one of a tenth of that no longer than the grid takes some cores.
   */
  static final int EXACT_ON_GPU = 100_000;

  private static final double EXAGGERATION = 12;
  private static final int EXAGGERATED_ITERATIONS = 250;
  private static final double EARLY_MOMENTUM = 0.5;
  private static final double MOMENTUM = 0.8;
  static final double LEAST_GAIN = 0.01;
  private static final double LEAST_RATE = 200;

  /** The first component's standard deviation at the start; small, as all must be able to move. */
  private static final double FIRST_SPREAD = 1e-4;

  /** A hundredth of that, at random: points that coincide can part. */
  private static final double JITTER = 1e-6;

  /** The farthest that a point moves in a step, as in openTSNE. */
  static final double LONGEST_STEP = 5;

  private static final int BLOCK = 1024;

  /** Steps that a device is given before progress is told: more would tell of what is to come. */
  private static final int QUEUED = 25;

  private final Optional<Device> device;
  private final Points points;
  private final double perplexity;
  private final Affinities affinities;
  private final int count;
  final float[] x;
  final float[] y;
  private final float[] attractX;
  private final float[] attractY;
  private final float[] repelX;
  private final float[] repelY;
  private final float[] stepX;
  private final float[] stepY;
  private final float[] gainX;
  private final float[] gainY;

  /** Σ q̃ at the end, where a device has told it. */
  private OptionalDouble normalisation = OptionalDouble.empty();

  /**
   * Puts the points at their first places.
   *
   * @param device a GPU, if one is to do what it can
   * @param points whose distances count
   * @param start the same along their first two principal components
   */
  Tsne(Optional<Device> device, Points points, Points start, double perplexity, long seed) {
    this.device = device;
    this.points = points;
    this.perplexity = perplexity;
    this.count = points.count();
    this.affinities =
        count <= DENSE
            ? new DenseAffinities(points, perplexity, true)
            : new SparseAffinities(neighbours(), perplexity);
    this.x = first(start, 0);
    this.y = first(start, 1);
    var random = new Random(seed);
    for (int i = 0; i < count; i++) {
      x[i] += (float) (JITTER * random.nextGaussian());
      y[i] += (float) (JITTER * random.nextGaussian());
    }
    this.attractX = new float[count];
    this.attractY = new float[count];
    this.repelX = new float[count];
    this.repelY = new float[count];
    this.stepX = new float[count];
    this.stepY = new float[count];
    this.gainX = new float[count];
    this.gainY = new float[count];
    Arrays.fill(gainX, 1);
    Arrays.fill(gainY, 1);
  }

  private NearestNeighbours neighbours() {
    int k = SparseAffinities.neighbours(count, perplexity);
    return device
        .filter(_ -> count <= Spec.Neighbours.MOST_POINTS)
        .map(d -> DeviceNeighbours.of(d, points, k))
        .orElseGet(() -> NearestNeighbours.of(points, k));
  }

  private static float[] first(Points start, int axis) {
    float[] places = new float[start.count()];
    if (axis >= start.dimensions()) {
      return places;
    }
    double spread = deviation(start.columns()[0]);
    for (int i = 0; i < places.length; i++) {
      places[i] = spread > 0 ? (float) (start.columns()[axis][i] / spread * FIRST_SPREAD) : 0;
    }
    return places;
  }

  private static double deviation(float[] values) {
    double mean = 0;
    for (float v : values) {
      mean += v / (double) values.length;
    }
    double square = 0;
    for (float v : values) {
      square += (v - mean) * (v - mean);
    }
    return Math.sqrt(square / values.length);
  }

  /** Moves the points. */
  void run(int iterations, IntConsumer progress) {
    if (device.isPresent() && count <= EXACT_ON_GPU) {
      run(device.get(), iterations, progress);
      return;
    }
    Repulsion repulsion = count <= EXACT ? new ExactRepulsion(count) : new GridRepulsion();
    for (int i = 0; i < iterations; i++) {
      boolean early = i < EXAGGERATED_ITERATIONS;
      affinities.attract(x, y, attractX, attractY);
      double z = repulsion.repel(x, y, repelX, repelY);
      step(early ? EXAGGERATION : 1, z, early ? EARLY_MOMENTUM : MOMENTUM, rate());
      progress.accept(i + 1);
    }
  }

  private double rate() {
    return Math.max(LEAST_RATE, count / EXAGGERATION);
  }

  private void run(Device on, int iterations, IntConsumer progress) {
    try (var descent = new DeviceDescent(on, affinities.pairs(), x, y)) {
      Sequence early = descent.steps(EXAGGERATION, EARLY_MOMENTUM, rate());
      Sequence late = descent.steps(1, MOMENTUM, rate());
      for (int i = 0; i < iterations; i++) {
        (i < EXAGGERATED_ITERATIONS ? early : late).run();
        if ((i + 1) % QUEUED == 0) {
          on.synchronize();
          progress.accept(i + 1);
        }
      }
      descent.read(x, y);
      normalisation = OptionalDouble.of(descent.normalisation());
      progress.accept(iterations);
    }
  }

  private void step(double exaggeration, double z, double momentum, double rate) {
    double[] middlesX = new double[Blocks.count(count, BLOCK)];
    double[] middlesY = new double[middlesX.length];
    Blocks.run(
        count,
        BLOCK,
        (block, from, to) -> {
          for (int i = from; i < to; i++) {
            double forceX = exaggeration * attractX[i] + repelX[i] / z;
            double forceY = exaggeration * attractY[i] + repelY[i] / z;
            gainX[i] = gain(gainX[i], forceX, stepX[i]);
            gainY[i] = gain(gainY[i], forceY, stepY[i]);
            double sx = momentum * stepX[i] + rate * gainX[i] * forceX;
            double sy = momentum * stepY[i] + rate * gainY[i] * forceY;
            double square = sx * sx + sy * sy;
            double shorter =
                square > LONGEST_STEP * LONGEST_STEP ? LONGEST_STEP / Math.sqrt(square) : 1;
            stepX[i] = (float) (sx * shorter);
            stepY[i] = (float) (sy * shorter);
            x[i] += stepX[i];
            y[i] += stepY[i];
            middlesX[block] += x[i];
            middlesY[block] += y[i];
          }
        });
    float middleX = (float) (Arrays.stream(middlesX).sum() / count);
    float middleY = (float) (Arrays.stream(middlesY).sum() / count);
    for (int i = 0; i < count; i++) {
      x[i] -= middleX;
      y[i] -= middleY;
    }
  }

  /** Grows while a point keeps its direction (Jacobs, 1988), as in van der Maaten's program. */
  private static float gain(float gain, double force, double step) {
    boolean onwards = force > 0 == step > 0;
    return (float) Math.max(LEAST_GAIN, onwards ? gain + 0.2 : gain * 0.8);
  }

  /**
   * KL(P‖Q) of where the points are, in nats: over all pairs up to {@value #EXACT} points, above
   * that over the neighbours that attract each other.
   */
  double divergence() {
    double z = normalisation.orElseGet(() -> ExactRepulsion.normalisation(x, y));
    Affinities all =
        count <= EXACT && count > DENSE
            ? new DenseAffinities(points, perplexity, false)
            : affinities;
    return all.divergence(x, y, z);
  }
}
