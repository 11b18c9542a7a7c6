package io.convlens.gradient;

import io.convlens.io.UnusableOptionException;
import io.convlens.network.ScoreKind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * How a score is shared out. Immutable: the methods that take a value give a changed copy, those
 * that take none say what is set.
 *
 * <p>Wrong values throw {@link UnusableOptionException} at once.
 */
public final class SaliencyOptions {
  /** The defaults: see the initial values of the fields. */
  public static final SaliencyOptions DEFAULT = new SaliencyOptions();

  private static final int MOST_STEPS = 1 << 20;

  private Method method = Method.GRADIENT;
  private OptionalInt steps = OptionalInt.of(50);
  private Quadrature rule = Quadrature.MIDPOINT;
  private int samples = 25;
  private OptionalDouble sigma = OptionalDouble.empty();
  private long seed;
  private Baseline baseline = new Baseline.Constant(0);
  private float epsilon = 1e-6f;
  private List<Integer> unit = List.of();
  private Optional<String> layer = Optional.empty();
  private boolean relu;
  private OptionalInt target = OptionalInt.empty();
  private ScoreKind score = ScoreKind.LOGIT;

  private SaliencyOptions() {}

  private SaliencyOptions changed(Consumer<SaliencyOptions> change) {
    var copy = new SaliencyOptions();
    copy.method = method;
    copy.steps = steps;
    copy.rule = rule;
    copy.samples = samples;
    copy.sigma = sigma;
    copy.seed = seed;
    copy.baseline = baseline;
    copy.epsilon = epsilon;
    copy.unit = unit;
    copy.layer = layer;
    copy.relu = relu;
    copy.target = target;
    copy.score = score;
    change.accept(copy);
    return copy;
  }

  private static int checked(int count, String of) {
    if (count < 1 || count > MOST_STEPS) {
      throw new UnusableOptionException(of + " " + count + ": 1 to " + MOST_STEPS);
    }
    return count;
  }

  /** The method; {@link Method#GRADIENT} by default. */
  public SaliencyOptions method(Method how) {
    return changed(o -> o.method = how);
  }

  /** The method. */
  public Method method() {
    return method;
  }

  /** Steps of integrated gradients; 50 by default. */
  public SaliencyOptions steps(int count) {
    checked(count, "steps");
    return changed(o -> o.steps = OptionalInt.of(count));
  }

  /** As many steps as it takes for the shares to add up to within a hundredth. */
  public SaliencyOptions stepsByItself() {
    return changed(o -> o.steps = OptionalInt.empty());
  }

  /** Steps of integrated gradients; absent where they are chosen picture by picture. */
  public OptionalInt steps() {
    return steps;
  }

  /** Where integrated gradients take gradients; {@link Quadrature#MIDPOINT} by default. */
  public SaliencyOptions rule(Quadrature where) {
    return changed(o -> o.rule = where);
  }

  /** Where integrated gradients take gradients. */
  public Quadrature rule() {
    return rule;
  }

  /** Noisy copies of SmoothGrad and VarGrad, draws of expected gradients; 25 by default. */
  public SaliencyOptions samples(int count) {
    checked(count, "samples");
    return changed(o -> o.samples = count);
  }

  /** Noisy copies. */
  public int samples() {
    return samples;
  }

  /**
   * The noise's standard deviation in the network's input space; by default 0.15 of the range of
   * the picture's own values, in the middle of what SmoothGrad's authors suggest.
   */
  public SaliencyOptions sigma(double deviation) {
    if (!(deviation >= 0) || Double.isInfinite(deviation)) {
      throw new UnusableOptionException("sigma " + deviation + ": 0 or more");
    }
    return changed(o -> o.sigma = OptionalDouble.of(deviation));
  }

  /** The noise's standard deviation, where it does not follow each picture. */
  public OptionalDouble sigma() {
    return sigma;
  }

  /** What noise is drawn from; 0 by default. */
  public SaliencyOptions seed(long number) {
    return changed(o -> o.seed = number);
  }

  /** What noise is drawn from. */
  public long seed() {
    return seed;
  }

  /** One value for all to compare with, in the network's input space; 0 by default. */
  public SaliencyOptions baseline(float value) {
    return baseline(new Baseline.Constant(value));
  }

  /** What integrated and expected gradients, DeepLIFT and conductance compare with. */
  public SaliencyOptions baseline(Baseline with) {
    return changed(o -> o.baseline = with);
  }

  /** What is compared with. */
  public Baseline baseline() {
    return baseline;
  }

  /** LRP: what denominators are kept away from 0 by; 1e-6 by default. */
  public SaliencyOptions epsilon(float above) {
    if (!(above > 0) || Float.isInfinite(above)) {
      throw new UnusableOptionException("epsilon " + above + ": above 0");
    }
    return changed(o -> o.epsilon = above);
  }

  /** LRP: what denominators are kept away from 0 by. */
  public float epsilon() {
    return epsilon;
  }

  /**
   * A unit of the {@link #layer} in a class's place: a channel, all its places summed, or a channel
   * with a place's row and column. Empty (the default) for a class.
   */
  public SaliencyOptions unit(List<Integer> channelAndPlace) {
    List<Integer> copy = List.copyOf(channelAndPlace);
    return changed(o -> o.unit = copy);
  }

  /** The unit in a class's place; empty for a class. */
  public List<Integer> unit() {
    return unit;
  }

  /**
   * The layer: for Grad-CAM and its kind the one whose channels are weighed (by default the last
   * convolution with places), for others the one whose elements get the shares (by default the
   * input), or the one that the unit is of.
   */
  public SaliencyOptions layer(String name) {
    return changed(o -> o.layer = Optional.of(name));
  }

  /** The layer, where one was asked for. */
  public Optional<String> layer() {
    return layer;
  }

  /** Whether Grad-CAM and its kind end in a ReLU; not by default. */
  public SaliencyOptions relu(boolean on) {
    return changed(o -> o.relu = on);
  }

  /** Whether Grad-CAM and its kind end in a ReLU. */
  public boolean relu() {
    return relu;
  }

  /** The class to follow. */
  public SaliencyOptions target(int index) {
    return target(OptionalInt.of(index));
  }

  /** The class to follow; absent (the default) for the best of each picture. */
  public SaliencyOptions target(OptionalInt index) {
    return changed(o -> o.target = index);
  }

  /** The class to follow; absent for the best of each picture. */
  public OptionalInt target() {
    return target;
  }

  /** Which number of the class; its logit by default. */
  public SaliencyOptions score(ScoreKind kind) {
    return changed(o -> o.score = kind);
  }

  /** Which number of the class. */
  public ScoreKind score() {
    return score;
  }
}
