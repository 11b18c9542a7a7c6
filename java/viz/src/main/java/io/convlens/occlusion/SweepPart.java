package io.convlens.occlusion;

import io.convlens.device.DeviceException;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.engine.Accuracy;
import io.convlens.engine.DeltaPlanner;
import io.convlens.graph.Value;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * Some or all positions of a sweep, prepared: run by differences where that saves work, else by the
 * whole network. Scores of positions that it does not have are the untouched picture's.
 */
final class SweepPart implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final SweepSetup setup;
  private final List<List<Integer>> some;
  private final List<Integer> shown;
  private final Optional<String> why;
  private final List<Findings> all = new ArrayList<>();

  /** Those of {@link #all} that no begun picture uses. */
  private final Deque<Findings> free = new ArrayDeque<>();

  private long finished = System.nanoTime();
  private Optional<Runner> exact = Optional.empty();
  private Optional<Runner> plain = Optional.empty();

  /**
   * Prepares.
   *
   * @param some the positions' numbers, grid by grid; their patches touch the picture
   * @param mode exact or full
   */
  SweepPart(SweepSetup setup, List<List<Integer>> some, Mode mode, Accuracy accuracy) {
    this.setup = setup;
    this.some = some;
    this.shown = some.stream().flatMap(List::stream).toList();
    this.why = mode == Mode.FULL ? Optional.empty() : prepareExact(accuracy);
    try {
      if (exact.isEmpty()) {
        plain();
      }
      free.push(newFindings());
    } catch (RuntimeException | Error e) {
      exact.ifPresent(Runner::close);
      plain.ifPresent(Runner::close);
      throw e;
    }
  }

  /** Prepares the run by differences, or says why not. */
  private Optional<String> prepareExact(Accuracy accuracy) {
    DeltaPlanner.Choice choice;
    try {
      choice =
          DeltaPlanner.prepareAll(
              setup.network().network().device(),
              setup.graph(),
              setup.channelAxis(),
              setup.windows(some),
              setup.fill(),
              setup.keep(),
              accuracy);
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
        throw e;
      }
      return Optional.of("the device lacks the memory for it: " + e.getMessage());
    }
    exact = choice.session().map(DeltaRunner::new);
    return exact.isPresent() ? Optional.empty() : Optional.of(choice.why());
  }

  private Runner plain() {
    if (plain.isEmpty()) {
      Set<Value> taps = setup.tracked().map(t -> Set.of(t.sums())).orElse(Set.of());
      List<Rectangle> all = setup.windows(some).stream().flatMap(List::stream).toList();
      plain =
          Optional.of(
              PlainRunner.fitting(
                  setup.network(), setup.graph(), setup.channelAxis(), all, setup.fill(), taps));
    }
    return plain.get();
  }

  /** How many positions it has. */
  int count() {
    return shown.size();
  }

  /** The numbers of its positions. */
  List<Integer> shown() {
    return shown;
  }

  /** Whether it runs by differences. */
  boolean isByDifferences() {
    return exact.isPresent();
  }

  /**
   * The maps of a picture.
   *
   * @throws CancellationException if the listener stopped it
   */
  OcclusionMaps maps(Tensor pictures, int index, OcclusionListener listener) {
    return begin(pictures, index, listener).finish();
  }

  /** Begins with a picture: see {@link Sweep#begin}. */
  Sweep.Begun begin(Tensor pictures, int index, OcclusionListener listener) {
    var begun = new Begun(pictures, index, listener);
    begun.run(exact.isPresent() ? exact.get() : plain());
    return begun;
  }

  private final class Begun implements Sweep.Begun {
    private final Tensor pictures;
    private final int index;
    private final OcclusionListener listener;
    private final Findings findings;
    private final long start = System.nanoTime();

    private Begun(Tensor pictures, int index, OcclusionListener listener) {
      this.pictures = pictures;
      this.index = index;
      this.listener = listener;
      this.findings = free.isEmpty() ? newFindings() : free.pop();
    }

    @Override
    public OcclusionMaps finish() {
      OcclusionMaps maps = exact.isPresent() ? exactOrPlain(exact.get()) : plainly(why);
      free.push(findings);
      finished = System.nanoTime();
      return maps;
    }

    private OcclusionMaps exactOrPlain(Runner runner) {
      return findings
          .toMaps(true, () -> work(runner, why, seconds()))
          .orElseGet(
              () -> {
                run(plain());
                return plainly(Optional.of("differences of values that are no numbers"));
              });
    }

    private OcclusionMaps plainly(Optional<String> reason) {
      return findings.toMaps(false, () -> work(plain(), reason, seconds())).orElseThrow();
    }

    /** Since this picture began, or the one before was finished: what overlaps counts once. */
    private double seconds() {
      return (System.nanoTime() - Math.max(start, finished)) / NANOS;
    }

    private void run(Runner runner) {
      findings.start();
      int[] done = {Runner.UNTOUCHED};
      runner.run(
          pictures,
          index,
          positions -> {
            findings.visit(runner, positions);
            done[0] += positions.length;
            if (!listener.progress(done[0], shown.size())) {
              throw new CancellationException("stopped");
            }
          });
    }
  }

  private Findings newFindings() {
    var findings =
        new Findings(setup.options(), setup.network(), setup.positions(), shown, setup.tracked());
    all.add(findings);
    return findings;
  }

  private OcclusionMap.Work work(Runner runner, Optional<String> reason, double seconds) {
    return new OcclusionMap.Work(
        runner.engine(), reason, runner.macsRun(), setup.macsFull(), seconds, Optional.empty());
  }

  @Override
  public void close() {
    all.forEach(Findings::close);
    exact.ifPresent(Runner::close);
    plain.ifPresent(Runner::close);
    exact = Optional.empty();
    plain = Optional.empty();
  }
}
