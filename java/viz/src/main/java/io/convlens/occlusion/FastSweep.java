package io.convlens.occlusion;

import io.convlens.engine.Accuracy;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Approximate sweeps whose error is measured. Three things save work, by themselves and together: a
 * {@link Mesh} of positions that is fine only where scores differ, windows that stop growing
 * ("projective field thresholding" of Nakandala, Kumar and Papakonstantinou, 2019, "Incremental and
 * Approximate Inference for Faster Occlusion-based Deep CNN Explanations", section 4.2), and
 * differences that are rounded before they are multiplied, where the device has a lower precision.
 *
 * <p>A sample of positions runs in full first. Windows are the smallest whose scores there are
 * within half of what is allowed; then the mesh is refined where it bends most until the map is
 * within all of it, down to every position in whole windows. Nothing is carried from picture to
 * picture.
 */
final class FastSweep implements AutoCloseable {
  /** The shares of a map's side that windows may hold, one after another. */
  private static final double[] SHARES = {0.35, 0.55, 0.75, 1};

  /** The share of a mesh's cells, those whose corners differ most, that are refined at once. */
  static final double REFINED_AT_ONCE = 0.4;

  /** With fewer positions the sample alone would be a good part of the work. */
  private static final int FEW_POSITIONS = 100;

  private static final int LEAST_SAMPLE = 16;
  private static final int MOST_SAMPLE = 64;
  private static final long SEED = 1;

  /** Above this share of known positions a mesh saves nothing any more. */
  static final double MOST_KNOWN = 0.75;

  private final SweepSetup setup;
  private final double allowed;
  private final List<List<Integer>> all;
  private final int count;
  private final List<List<Integer>> sample;
  private final Map<Accuracy, SweepPart> coarse = new HashMap<>();
  private Optional<SweepPart> full = Optional.empty();
  private Optional<SweepPart> exact = Optional.empty();

  FastSweep(SweepSetup setup) {
    this.setup = setup;
    this.allowed = setup.options().fastError();
    this.all = setup.positions().shown();
    this.count = all.stream().mapToInt(List::size).sum();
    this.sample = sample();
    try {
      if (count < FEW_POSITIONS) {
        exact();
      } else {
        full = Optional.of(new SweepPart(setup, sample, Mode.FULL, Accuracy.EXACT));
        coarse(new Accuracy(SHARES[0], true));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private List<List<Integer>> sample() {
    List<Integer> mixed = new ArrayList<>(all.stream().flatMap(List::stream).toList());
    Collections.shuffle(mixed, new Random(SEED));
    List<Integer> some =
        mixed.subList(0, Math.min(count, Math.clamp(count / 100, LEAST_SAMPLE, MOST_SAMPLE)));
    return all.stream().map(s -> s.stream().filter(some::contains).toList()).toList();
  }

  private SweepPart exact() {
    if (exact.isEmpty()) {
      exact = Optional.of(new SweepPart(setup, all, Mode.EXACT, Accuracy.EXACT));
    }
    return exact.get();
  }

  /** The positions that a mesh begins with, and the sample's. */
  private SweepPart coarse(Accuracy accuracy) {
    return coarse.computeIfAbsent(
        accuracy,
        _ -> {
          List<List<Integer>> some = new ArrayList<>();
          for (int g = 0; g < all.size(); g++) {
            var wanted = new boolean[setup.positions().count()];
            int before = setup.positions().first(g);
            mesh(g).first().forEach(p -> wanted[before + p] = true);
            sample.get(g).forEach(p -> wanted[p] = true);
            some.add(all.get(g).stream().filter(p -> wanted[p]).toList());
          }
          return new SweepPart(setup, some, Mode.EXACT, accuracy);
        });
  }

  private Mesh mesh(int grid) {
    return Mesh.of(setup.positions().grids().get(grid), setup.options());
  }

  OcclusionMaps maps(Tensor pictures, int index, OcclusionListener listener) {
    long start = System.nanoTime();
    if (full.isEmpty()) {
      return exact().maps(pictures, index, listener);
    }
    OcclusionMaps wanted = full.get().maps(pictures, index, OcclusionListener.NONE);
    long macs = wanted.work().macsRun();
    for (double share : SHARES) {
      var accuracy = new Accuracy(share, true);
      SweepPart part = coarse(accuracy);
      OcclusionMaps first = part.maps(pictures, index, (done, _) -> listener.progress(done, count));
      Accuracy used = part.isByDifferences() ? accuracy : Accuracy.EXACT;
      var run = new FastRun(setup, all, sample, wanted, used, first);
      boolean good = run.areWindowsGood(allowed) && run.refine(allowed, pictures, index, listener);
      macs += run.macs();
      if (good) {
        return run.maps(allowed, macs, (System.nanoTime() - start) / 1e9);
      }
      if (!part.isByDifferences()) {
        // The whole network runs for each position, whatever the windows.
        break;
      }
    }
    OcclusionMaps maps = exact().maps(pictures, index, listener);
    double seconds = (System.nanoTime() - start) / 1e9;
    return FastRun.exact(setup, sample, wanted, maps, allowed, macs, seconds);
  }

  @Override
  public void close() {
    full.ifPresent(SweepPart::close);
    exact.ifPresent(SweepPart::close);
    coarse.values().forEach(SweepPart::close);
    full = Optional.empty();
    exact = Optional.empty();
    coarse.clear();
  }
}
