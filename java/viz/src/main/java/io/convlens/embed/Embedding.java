package io.convlens.embed;

import io.convlens.device.Device;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntConsumer;

/**
 * Points laid out on a plane by t-SNE, and how true that is. The same points and options give the
 * same bytes on any number of threads.
 *
 * <pre>{@code
 * Embedding map = Embedding.of(points, EmbeddingOptions.DEFAULT, done -> {});
 * }</pre>
 *
 * @param x one a point
 * @param y one a point
 * @param perplexity that was used: lowered to (n − 1)/3 where there are few points
 * @param kl KL(P‖Q) in nats
 * @param trustworthiness 1 where all neighbours on the plane are neighbours
 * @param neighboursKept the mean share of neighbours that are neighbours on the plane
 * @param k how many neighbours the two are about
 * @param looked of how many points the two were computed
 */
@SuppressWarnings("ArrayRecordComponent") // One array a result, compared by nobody.
public record Embedding(
    float[] x,
    float[] y,
    double perplexity,
    double kl,
    double trustworthiness,
    double neighboursKept,
    int k,
    int looked) {

  /**
   * Lays points out on the CPU.
   *
   * @param points finite numbers, one point or more
   * @param progress hears how many iterations are done
   */
  public static Embedding of(Points points, EmbeddingOptions options, IntConsumer progress) {
    return of(points, options, Optional.empty(), progress);
  }

  /**
   * Lays points out. A GPU searches for neighbours and moves the points; PCA, the widths of the
   * bells and the figures are the CPU's.
   *
   * @param points finite numbers, one point or more
   * @param device what others may not use meanwhile; a CPU is as none
   * @param progress hears how many iterations are done
   * @throws io.convlens.device.DeviceException if the GPU fails, or its memory is too small
   */
  public static Embedding of(
      Points points, EmbeddingOptions options, Device device, IntConsumer progress) {
    return of(points, options, Optional.of(device).filter(d -> d.info().isGpu()), progress);
  }

  private static Embedding of(
      Points points, EmbeddingOptions options, Optional<Device> gpu, IntConsumer progress) {
    int threads =
        options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads();
    try (var pool = new ForkJoinPool(threads)) {
      return pool.submit(() -> compute(points, options, gpu, progress)).join();
    }
  }

  private static Embedding compute(
      Points points, EmbeddingOptions options, Optional<Device> gpu, IntConsumer progress) {
    int n = points.count();
    if (n == 1) {
      return new Embedding(new float[1], new float[1], 0, 0, 1, 1, 0, 1);
    }
    double perplexity = Math.min(options.perplexity(), (n - 1) / 3.0);
    boolean reduces = options.pca() < points.dimensions();
    Points reduced = reduces ? Pca.of(points, options.pca()) : points;
    Points start = reduces ? reduced : Pca.of(points, 2);
    var tsne = new Tsne(gpu, reduced, start, perplexity, options.seed());
    tsne.run(options.iterations(), progress);
    Faithfulness faith = Faithfulness.of(points, tsne.x, tsne.y);
    return new Embedding(
        tsne.x,
        tsne.y,
        perplexity,
        tsne.divergence(),
        faith.trustworthiness(),
        faith.neighboursKept(),
        faith.k(),
        faith.looked());
  }

  /**
   * The mean share of a point's nearest on the plane that are of its class.
   *
   * @param classes one a point
   */
  public double purity(List<Integer> classes) {
    return Faithfulness.purity(x, y, classes);
  }
}
