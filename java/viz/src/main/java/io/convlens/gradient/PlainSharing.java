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
    if (setting.options().method() == Method.DEEPLIFT) {
      return differences(some, targets);
    }
    pass.run(targets);
    float[] g = pass.gradient(to, some.size());
    boolean multiplies = setting.options().method() == Method.INPUT_X_GRADIENT;
    float[] factors = multiplies ? values(some.stream().map(Case::x).toList()) : new float[0];
    List<Shares> all = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      float[] own = row(g, row, some.size());
      for (int i = 0; multiplies && i < own.length; i++) {
        own[i] *= factors[row * own.length + i];
      }
      all.add(new Shares(planes(own)));
    }
    return all;
  }

  /** What the inputs that were run last are where the shares go: themselves, or the layer's. */
  private float[] values(List<float[]> inputs) {
    if (!isOfInput()) {
      return pass.value(to, inputs.size());
    }
    int each = inputs.getFirst().length;
    float[] all = new float[inputs.size() * each];
    for (int row = 0; row < inputs.size(); row++) {
      System.arraycopy(inputs.get(row), 0, all, row * each, each);
    }
    return all;
  }

  private static float[] row(float[] all, int row, int rows) {
    int each = all.length / rows;
    return Arrays.copyOfRange(all, row * each, (row + 1) * each);
  }

  private float[] planes(float[] own) {
    return isOfInput() ? setting.frame().planes(own) : own;
  }

  /**
   * Multipliers times the way from the baselines, and how well that adds up to the difference of
   * scores. A second run takes the baselines as inputs, for their scores and values.
   */
  private List<Shares> differences(List<Case> some, int[] targets) {
    List<float[]> baselines = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      baselines.add(setting.baseline(some.get(row).x()));
      pass.putBaseline(row, baselines.get(row));
    }
    pass.run(targets);
    float[] multipliers = pass.gradient(to, some.size());
    float[] ends = values(some.stream().map(Case::x).toList());
    for (int row = 0; row < some.size(); row++) {
      pass.put(row, baselines.get(row));
    }
    pass.run(targets);
    float[] begins = values(baselines);
    for (int i = 0; i < multipliers.length; i++) {
      multipliers[i] *= ends[i] - begins[i];
    }
    List<Shares> all = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      float[] own = row(multipliers, row, some.size());
      double difference = some.get(row).score() - (double) pass.score(row, targets[row]);
      double total = 0;
      for (float v : own) {
        total += v;
      }
      var gap = new Completeness(difference, total - difference, 1);
      all.add(new Shares(planes(own), Optional.of(gap)));
    }
    return all;
  }

  @Override
  public void close() {
    pass.close();
  }
}
