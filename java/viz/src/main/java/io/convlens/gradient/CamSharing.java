package io.convlens.gradient;

import io.convlens.gradient.GradientPass.Way;
import io.convlens.graph.GradientRule;
import io.convlens.graph.Value;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A layer's channels weighed by their gradients, and that times guided backpropagation. */
final class CamSharing implements Sharing {
  private final Setting setting;
  private final Value layer;
  private final GradientPass pass;
  private final Optional<GradientPass> guided;

  CamSharing(Setting setting) {
    this.setting = setting;
    this.layer = CamLayer.of(setting);
    Method method = setting.options().method();
    this.pass = pass(layer, GradientRule.GRADIENT);
    try {
      this.guided =
          method == Method.GUIDED_GRAD_CAM
              ? Optional.of(pass(setting.input(), method.rule()))
              : Optional.empty();
    } catch (RuntimeException | Error e) {
      pass.close();
      throw e;
    }
  }

  private GradientPass pass(Value to, GradientRule rule) {
    return new GradientPass(
        setting.network(), setting.objective(), Set.of(to), Way.by(rule), setting.pictures());
  }

  @Override
  public Shape shape() {
    return guided.isPresent()
        ? setting.frame().shares()
        : Shape.of(1, layer.shape().dim(2), layer.shape().dim(3));
  }

  @Override
  public int batch() {
    return guided.map(g -> Math.min(g.batch(), pass.batch())).orElse(pass.batch());
  }

  @Override
  public Shares of(Case one) {
    return of(List.of(one)).getFirst();
  }

  @Override
  public List<Shares> of(List<Case> some) {
    float[] g = gradient(pass, layer, some);
    float[] values = pass.value(layer, some.size());
    float[] back = guided.map(p -> gradient(p, setting.input(), some)).orElse(new float[0]);
    List<Shares> all = new ArrayList<>();
    for (int row = 0; row < some.size(); row++) {
      float[] map = map(part(values, row, some.size()), part(g, row, some.size()));
      if (setting.options().relu() || guided.isPresent()) {
        ChannelWeighing.relu(map);
      }
      boolean plain = guided.isEmpty();
      all.add(new Shares(plain ? map : times(part(back, row, some.size()), map)));
    }
    return all;
  }

  private static float[] gradient(GradientPass by, Value of, List<Case> some) {
    for (int row = 0; row < some.size(); row++) {
      by.put(row, some.get(row).x());
    }
    by.run(some.stream().mapToInt(Case::target).toArray());
    return by.gradient(of, some.size());
  }

  private static float[] part(float[] all, int row, int rows) {
    int each = all.length / rows;
    return Arrays.copyOfRange(all, row * each, (row + 1) * each);
  }

  private float[] map(float[] values, float[] gradients) {
    Method how = guided.isPresent() ? Method.GRAD_CAM : setting.options().method();
    return ChannelWeighing.map(how, values, gradients, layer.shape().intDim(1));
  }

  /** The guided gradient times the map, enlarged to the nearest. */
  private float[] times(float[] gradient, float[] map) {
    Frame frame = setting.frame();
    int rows = layer.shape().intDim(2);
    int columns = layer.shape().intDim(3);
    for (int i = 0; i < gradient.length; i++) {
      int place = frame.place(i);
      int y = (int) ((long) (place / frame.width()) * rows / frame.height());
      int x = (int) ((long) (place % frame.width()) * columns / frame.width());
      gradient[i] *= map[y * columns + x];
    }
    return frame.planes(gradient);
  }

  @Override
  public void close() {
    pass.close();
    guided.ifPresent(GradientPass::close);
  }
}
