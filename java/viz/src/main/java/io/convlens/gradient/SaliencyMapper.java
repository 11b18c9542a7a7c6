package io.convlens.gradient;

import io.convlens.gradient.Sharing.Case;
import io.convlens.gradient.Sharing.Shares;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Predictions;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A method that is prepared for inputs of one size. For one thread at a time. Close it before its
 * network.
 */
public final class SaliencyMapper implements AutoCloseable {
  private final SaliencyOptions options;
  private final SizedNetwork network;
  private final Frame frame;
  private final Optional<UnitScore> unit;
  private final Sharing sharing;

  SaliencyMapper(SizedNetwork network, SaliencyOptions options, long pictures) {
    this.options = options;
    this.network = network;
    this.frame = Frame.of(network);
    check();
    Objective objective =
        options.unit().isEmpty()
            ? Objective.ofClass(network, options.score())
            : Objective.ofUnit(network, options.layer().orElseThrow(), options.unit());
    this.unit =
        objective.unit().isPresent()
            ? Optional.of(new UnitScore(network, objective))
            : Optional.empty();
    try {
      this.sharing = sharing(new Setting(network, options, objective, frame, pictures));
    } catch (RuntimeException | Error e) {
      unit.ifPresent(UnitScore::close);
      throw e;
    }
  }

  private static Sharing sharing(Setting setting) {
    return switch (setting.options().method()) {
      case GRADIENT, INPUT_X_GRADIENT, DECONVNET, GUIDED_BACKPROP, DEEPLIFT, LRP_EPSILON ->
          new PlainSharing(setting);
      case SMOOTHGRAD, VARGRAD -> new NoiseSharing(setting);
      case INTEGRATED_GRADIENTS -> new PathSharing(setting);
      case EXPECTED_GRADIENTS -> new ExpectedSharing(setting);
      case CONDUCTANCE -> new Conductance(setting);
      case GRAD_CAM, GRAD_CAM_PLUS_PLUS, LAYER_CAM, GUIDED_GRAD_CAM -> new CamSharing(setting);
      case SCORE_CAM -> new ScoreCam(setting);
    };
  }

  private void check() {
    options.target().ifPresent(network::checkTarget);
    Method method = options.method();
    if (options.relu() && !method.isCam()) {
      throw new UnusableOptionException("relu goes with Grad-CAM and its kind, not " + method);
    }
    if (!options.unit().isEmpty()) {
      if (options.layer().isEmpty()) {
        throw new UnusableOptionException("a unit is of a layer: name one");
      }
      if (method.readsChannels() || method == Method.CONDUCTANCE) {
        throw new UnusableOptionException(method + " is of a class, not of a unit");
      }
    } else if (options.layer().isPresent() && !method.takesLayer()) {
      throw new UnusableOptionException(method + " is of the input: it takes no layer");
    }
  }

  /** The shape of each attribution: {@code [C,H,W]}, or {@code [1,h,w]} of a Grad-CAM. */
  public Shape shape() {
    return sharing.shape();
  }

  /** How many pictures are mapped at once: what is good to give {@link #map(Tensor)}. */
  public int batch() {
    return sharing.batch();
  }

  /**
   * The attributions of some pictures, for the class that the options say.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   */
  public List<Attribution> map(Tensor pictures) {
    int count = pictures.shape().rank() == 0 ? 1 : pictures.shape().intDim(0);
    List<Attribution> all = new ArrayList<>();
    for (int first = 0; first < count; first += sharing.batch()) {
      int some = Math.min(sharing.batch(), count - first);
      all.addAll(map(pictures, first, some, options.target()));
    }
    return all;
  }

  /**
   * The attribution of one picture, for the class that the options say.
   *
   * @param pictures {@code [N,C,H,W]}, as the network takes them
   * @param index which of them
   */
  public Attribution map(Tensor pictures, int index) {
    return map(pictures, index, 1, options.target()).getFirst();
  }

  /** Likewise for a class of the caller's choice. */
  public Attribution map(Tensor pictures, int index, int target) {
    return map(pictures, index, 1, OptionalInt.of(target)).getFirst();
  }

  private List<Attribution> map(Tensor pictures, int first, int count, OptionalInt wanted) {
    List<Case> cases = cases(pictures, first, count, wanted);
    List<Shares> shares = sharing.of(cases);
    List<Attribution> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Case c = cases.get(i);
      Shares s = shares.get(i);
      all.add(new Attribution(shape(), s.values(), c.target(), c.score(), s.completeness()));
    }
    return all;
  }

  private List<Case> cases(Tensor pictures, int first, int count, OptionalInt wanted) {
    int size = frame.size();
    Shape some = frame.one().rank() == 0 ? frame.one() : frame.one().with(0, count);
    List<Case> cases = new ArrayList<>();
    try (Tensor copies = Tensor.zeros(some)) {
      copies.copyFrom(pictures, (long) first * size, 0, (long) count * size);
      float[] all = copies.toArray();
      Optional<Predictions> said =
          unit.isPresent() ? Optional.empty() : Optional.of(network.predict(copies));
      for (int i = 0; i < count; i++) {
        float[] x = Arrays.copyOfRange(all, i * size, (i + 1) * size);
        int row = i;
        cases.add(
            said.map(p -> ofClass(x, p, row, wanted)).orElseGet(() -> unit.orElseThrow().of(x)));
      }
    }
    return cases;
  }

  private Case ofClass(float[] x, Predictions said, int row, OptionalInt wanted) {
    int target = wanted.orElseGet(() -> said.best(row));
    return new Case(x, target, said.score(row, target, options.score()));
  }

  @Override
  public void close() {
    unit.ifPresent(UnitScore::close);
    sharing.close();
  }
}
