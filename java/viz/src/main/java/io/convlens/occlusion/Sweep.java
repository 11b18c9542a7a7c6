package io.convlens.occlusion;

import io.convlens.engine.Accuracy;
import io.convlens.network.Network;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * A sweep that is prepared for pictures of one size. Where differences from the untouched picture
 * save work it is run by them, else by the whole network for every position; the map is the same.
 * In {@link Mode#FAST} it is an approximation whose error is measured.
 *
 * <p>For one thread at a time. Close it before its network.
 */
public final class Sweep implements AutoCloseable {
  private final SweepSetup setup;
  private Optional<SweepPart> whole = Optional.empty();
  private Optional<FastSweep> fast = Optional.empty();

  Sweep(Network net, Shape input, OcclusionOptions options) {
    this.setup = new SweepSetup(net, input, options);
    if (options.mode() == Mode.FAST) {
      fast = Optional.of(new FastSweep(setup));
    } else {
      List<List<Integer>> all = setup.positions().shown();
      whole = Optional.of(new SweepPart(setup, all, options.mode(), Accuracy.EXACT));
    }
  }

  /** Where the patches are put, in the options' order of sizes. */
  public List<PatchGrid> grids() {
    return setup.positions().grids().stream()
        .map(g -> new PatchGrid(g.patch(), g.height(), g.width(), g.rows(), g.cols(), g.covered()))
        .toList();
  }

  /** The network's number of classes. */
  public int classes() {
    return setup.network().classes();
  }

  /** How many positions a picture has, of all patch sizes. */
  public int positions() {
    return setup.positions().count();
  }

  /**
   * The map of one picture, for options with one patch size.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index the picture to map
   * @param listener follows, and may stop it
   * @throws CancellationException if the listener stopped it
   */
  public OcclusionMap map(Tensor pictures, int index, OcclusionListener listener) {
    return maps(pictures, index, listener).only();
  }

  /**
   * The maps of one picture, one a patch size.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index the picture to map
   * @param listener follows, and may stop it
   * @throws CancellationException if the listener stopped it
   */
  public OcclusionMaps maps(Tensor pictures, int index, OcclusionListener listener) {
    return begin(pictures, index, listener).finish();
  }

  /**
   * Begins with one picture. A device that works by itself may still be busy with it when this
   * returns: begin with the next picture before you {@linkplain Begun#finish finish} this one, and
   * the device never waits. Pictures are finished in the order in which they were begun.
   *
   * @param pictures stay open until the picture is finished
   */
  Begun begin(Tensor pictures, int index, OcclusionListener listener) {
    if (whole.isPresent()) {
      return whole.get().begin(pictures, index, listener);
    }
    // What is computed next depends on what came out.
    OcclusionMaps maps = fast.orElseThrow().maps(pictures, index, listener);
    return () -> maps;
  }

  /** Whether its device works by itself, so that it pays to begin before one has finished. */
  boolean runsBehind() {
    return setup.network().network().device().info().isGpu();
  }

  /** A picture that a device may still be busy with. */
  interface Begun {
    /** The picture's maps; waits for them. */
    OcclusionMaps finish();
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    whole.ifPresent(SweepPart::close);
    fast.ifPresent(FastSweep::close);
    whole = Optional.empty();
    fast = Optional.empty();
  }
}
