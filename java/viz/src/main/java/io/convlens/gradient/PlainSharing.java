package io.convlens.gradient;

import io.convlens.gradient.Attribution.Completeness;
import io.convlens.gradient.GradientPass.Way;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Methods that take one pass an input, many inputs at once. */
final class PlainSharing implements Sharing {
  private final Setting setting;
  private final Value to;
  private final GradientPass pass;

  PlainSharing(Setting setting) {
    this.setting = setting;
    this.to = setting.to();
    Method method = setting.options().method();
    Way way =
        switch (method) {
          case LRP_EPSILON -> Way.relevance(setting.options().epsilon());
          case DEEPLIFT -> Way.multipliers();
          default -> Way.by(method.rule());
        };
    this.pass =
        new GradientPass(
            setting.network(), setting.objective(), Set.of(to), way, setting.pictures());
  }

  @Override
  public Shape shape() {
    return isOfInput() ? setting.frame().shares() : Frame.withoutBatch(to.shape());
  }

  private boolean isOfInput() {
    return to == setting.input();
  }

  @Override
  public int batch() {
    return pass.batch();
  }

  @Override
  public Shares of(Case one) {
    return of(List.of(one)).getFirst();
  }

  @Override
  public List<Shares> of(List<Case> some) {
    int[] targets = new int[some.size()];
    for (int row = 0; row < some.size(); row++) {
      targets[row] = some.get(row).target();
      pass.put(row, some.get(row).x());
    }
    boolean compares = setting.options().method() == Method.DEEPLIFT;
    List<float[]> baselines = new ArrayList<>();
    for (int row = 0; compares && row < some.size(); row++) {
      baselines.add(setting.baseline(some.get(row).x()));
      pass.putBaseline(row, baselines.get(row));
    }
    pass.run(targets);
    float[] g = pass.gradient(to, some.size());
    int each = g.length / some.size();
    float[] values = multiplies() && !isOfInput() ? pass.value(to, some.size()) : new float[0];
    List<Shares> all = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      float[] own = Arrays.copyOfRange(g, row * each, (row + 1) * each);
      if (compares) {
        all.add(difference(own, some.get(row), baselines.get(row)));
      } else {
        all.add(new Shares(finished(own, row, some.get(row), values)));
      }
    }
    return compares ? withGaps(all, some, baselines) : all;
  }

  private boolean multiplies() {
    return setting.options().method() == Method.INPUT_X_GRADIENT;
  }

  private float[] finished(float[] own, int row, Case one, float[] values) {
    for (int i = 0; multiplies() && i < own.length; i++) {
      own[i] *= isOfInput() ? one.x()[i] : values[row * own.length + i];
    }
    return isOfInput() ? setting.frame().planes(own) : own;
  }

  private Shares difference(float[] multipliers, Case one, float[] baseline) {
    for (int i = 0; i < multipliers.length; i++) {
      multipliers[i] *= one.x()[i] - baseline[i];
    }
    return new Shares(setting.frame().planes(multipliers));
  }

  /** With how well they add up to the difference of scores. */
  private List<Shares> withGaps(List<Shares> all, List<Case> some, List<float[]> baselines) {
    int[] targets = some.stream().mapToInt(Case::target).toArray();
    for (int row = 0; row < some.size(); row++) {
      pass.put(row, baselines.get(row));
    }
    pass.run(targets);
    List<Shares> complete = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      double difference = some.get(row).score() - (double) pass.score(row, targets[row]);
      double total = 0;
      for (float v : all.get(row).values()) {
        total += v;
      }
      var gap = new Completeness(difference, total - difference, 1);
      complete.add(new Shares(all.get(row).values(), Optional.of(gap)));
    }
    return complete;
  }

  @Override
  public void close() {
    pass.close();
  }
}
