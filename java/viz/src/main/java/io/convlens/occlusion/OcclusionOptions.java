package io.convlens.occlusion;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.ScoreKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How a sweep is done. Immutable: the methods that take a value give a changed copy, those that
 * take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once.
 */
public final class OcclusionOptions {
  /** The defaults: see the initial values of the fields. */
  public static final OcclusionOptions DEFAULT = new OcclusionOptions();

  private List<Patch> patches = List.of(new Patch(16, 16));
  private int strideHeight = 4;
  private int strideWidth = 4;
  private List<Float> fill = List.of(0f);
  private Edge edge = Edge.CLIP;
  private Mode mode = Mode.EXACT;
  private double fastError = 0.01;
  private OptionalInt target = OptionalInt.empty();
  private ScoreKind score = ScoreKind.PROBABILITY;
  private boolean allClasses;
  private Optional<String> track = Optional.empty();

  private OcclusionOptions() {}

  private OcclusionOptions changed(Consumer<OcclusionOptions> change) {
    var copy = new OcclusionOptions();
    copy.patches = patches;
    copy.strideHeight = strideHeight;
    copy.strideWidth = strideWidth;
    copy.fill = fill;
    copy.edge = edge;
    copy.mode = mode;
    copy.fastError = fastError;
    copy.target = target;
    copy.score = score;
    copy.allClasses = allClasses;
    copy.track = track;
    change.accept(copy);
    return copy;
  }

  private static int atLeastOne(int side, String of) {
    if (side < 1) {
      throw new UnusableOptionException(of + " " + side + ": must be 1 or more");
    }
    return side;
  }

  /** A square patch, in pixels of the network's picture; 16 by default. */
  public OcclusionOptions patch(int side) {
    return patch(side, side);
  }

  /** A patch of rows and columns. */
  public OcclusionOptions patch(int height, int width) {
    return patches(List.of(new Patch(height, width)));
  }

  /** Patches of several sizes, one after another: a map for each, see {@link OcclusionMaps}. */
  public OcclusionOptions patches(List<Patch> sizes) {
    if (sizes.isEmpty()) {
      throw new UnusableOptionException("no patch");
    }
    for (Patch p : sizes) {
      if (Collections.frequency(sizes, p) > 1) {
        throw new UnusableOptionException("patch " + p + " is there twice");
      }
    }
    return changed(o -> o.patches = List.copyOf(sizes));
  }

  /** The patch sizes, of which there is at least one. */
  public List<Patch> patches() {
    return patches;
  }

  /** Equal steps down and across, in pixels; 4 by default. */
  public OcclusionOptions stride(int step) {
    return stride(step, step);
  }

  /** Steps down and across. */
  public OcclusionOptions stride(int down, int across) {
    return changed(
        o -> {
          o.strideHeight = atLeastOne(down, "stride down");
          o.strideWidth = atLeastOne(across, "stride across");
        });
  }

  /** Rows from one position to the next. */
  public int strideHeight() {
    return strideHeight;
  }

  /** Columns from one position to the next. */
  public int strideWidth() {
    return strideWidth;
  }

  /**
   * What the patch is filled with, in the network's input space: one value (0 by default), or one a
   * channel.
   */
  public OcclusionOptions fill(float... values) {
    List<Float> list = new ArrayList<>();
    for (float v : values) {
      if (!Float.isFinite(v)) {
        throw new UnusableOptionException("fill " + v + ": must be finite");
      }
      list.add(v);
    }
    if (list.isEmpty()) {
      throw new UnusableOptionException("fill without a value");
    }
    return changed(o -> o.fill = List.copyOf(list));
  }

  /** The fill: one value, or one a channel. */
  public List<Float> fill() {
    return fill;
  }

  /** What happens at the picture's end; {@link Edge#CLIP} by default. */
  public OcclusionOptions edge(Edge rule) {
    return changed(o -> o.edge = rule);
  }

  /** What happens at the picture's end. */
  public Edge edge() {
    return edge;
  }

  /** How the sweep is computed; {@link Mode#EXACT} by default. */
  public OcclusionOptions mode(Mode how) {
    return changed(o -> o.mode = how);
  }

  /** How the sweep is computed. */
  public Mode mode() {
    return mode;
  }

  /**
   * The largest mean error of {@link Mode#FAST}, in the unit of the score; 0.01 by default. It is
   * measured, see {@link Approximation}.
   */
  public OcclusionOptions fastError(double most) {
    if (!(most >= 0 && most <= Double.MAX_VALUE)) {
      throw new UnusableOptionException("fast error " + most + ": must be 0 or more");
    }
    return changed(o -> o.fastError = most);
  }

  /** The largest mean error of {@link Mode#FAST}. */
  public double fastError() {
    return fastError;
  }

  /** The class to follow. */
  public OcclusionOptions target(int index) {
    return target(OptionalInt.of(index));
  }

  /** The class to follow; absent (the default) for the best of each picture. */
  public OcclusionOptions target(OptionalInt index) {
    return changed(o -> o.target = index);
  }

  /** The class to follow; absent for the best of each picture. */
  public OptionalInt target() {
    return target;
  }

  /** Which number of the class; its probability by default. */
  public OcclusionOptions score(ScoreKind kind) {
    return changed(o -> o.score = kind);
  }

  /** Which number of the class. */
  public ScoreKind score() {
    return score;
  }

  /** Whether the scores of all classes are kept; not by default. */
  public OcclusionOptions allClasses(boolean all) {
    return changed(o -> o.allClasses = all);
  }

  /** Whether the scores of all classes are kept. */
  public boolean allClasses() {
    return allClasses;
  }

  /** A layer whose strongest channel (the largest sum on the untouched picture) is followed. */
  public OcclusionOptions track(String layer) {
    return changed(o -> o.track = Optional.of(layer));
  }

  /** The layer that is followed, if any. */
  public Optional<String> track() {
    return track;
  }
}
