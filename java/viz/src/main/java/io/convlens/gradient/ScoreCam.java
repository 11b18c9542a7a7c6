package io.convlens.gradient;

import io.convlens.engine.Session;
import io.convlens.graph.Value;
import io.convlens.network.Predictions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Set;

/**
 * Score-CAM (Wang et al. 2020, algorithm 1): each channel of a layer, enlarged to the input and
 * scaled to 0..1, masks the input; the softmax of the scores of the masked inputs weighs the
 * channels. No gradient is taken. Channels that are the same everywhere mask nothing and weigh
 * nothing. Enlarged bilinearly between the middles of pixels, as in the authors' code.
 */
final class ScoreCam implements Sharing {
  /** Masked inputs a pass; the network's own batch may be smaller. */
  private static final int AT_ONCE = 32;

  private final Setting setting;
  private final Value layer;
  private final Session session;
  private final Tensor input;
  private final Tensor maps;

  ScoreCam(Setting setting) {
    this.setting = setting;
    this.layer = CamLayer.of(setting);
    Set<Value> taps = Set.of(layer);
    int batch = setting.network().batch(setting.network().graph(), taps, 1);
    this.session = setting.network().session(setting.network().graph(), batch, taps);
    this.input = Tensor.zeros(setting.frame().one());
    this.maps = Tensor.zeros(layer.shape(session.batch()));
  }

  @Override
  public Shape shape() {
    return Shape.of(1, layer.shape().dim(2), layer.shape().dim(3));
  }

  @Override
  public Shares of(Case one) {
    input.copyFrom(one.x(), 0);
    session.upload(input, 0, 1);
    session.run();
    session.download(layer, 1, maps, 0);
    int channels = layer.shape().intDim(1);
    int places = Math.toIntExact(shape().size());
    double[] scores = scores(one, channels, places);
    double[] weights = softmax(scores);
    double[] sums = new double[places];
    for (int k = 0; k < channels; k++) {
      for (int i = 0; i < places; i++) {
        sums[i] += weights[k] * maps.get((long) k * places + i);
      }
    }
    float[] map = new float[places];
    for (int i = 0; i < places; i++) {
      map[i] = (float) sums[i];
    }
    if (setting.options().relu()) {
      ChannelWeighing.relu(map);
    }
    return new Shares(map);
  }

  /** Scores of the input masked by each channel; −∞ for channels that are flat. */
  private double[] scores(Case one, int channels, int places) {
    double[] scores = new double[channels];
    int rows = Math.min(AT_ONCE, channels);
    try (Tensor masked = Tensor.zeros(setting.frame().one().with(0, rows))) {
      for (int first = 0; first < channels; first += rows) {
        int count = Math.min(rows, channels - first);
        for (int row = 0; row < count; row++) {
          float[] x = one.x().clone();
          boolean flat = !mask(x, first + row, places);
          scores[first + row] = flat ? Double.NEGATIVE_INFINITY : 0;
          masked.copyFrom(x, (long) row * x.length);
        }
        Predictions said = setting.network().predict(masked);
        for (int row = 0; row < count; row++) {
          scores[first + row] += said.score(row, one.target(), setting.options().score());
        }
      }
    }
    return scores;
  }

  /** Multiplies an input by a channel scaled to 0..1; false where the channel is flat. */
  private boolean mask(float[] x, int channel, int places) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < places; i++) {
      double v = maps.get((long) channel * places + i);
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    if (!(high > low)) {
      return false;
    }
    double[] large = enlarged(channel, places);
    for (int i = 0; i < x.length; i++) {
      x[i] *= (float) ((large[setting.frame().place(i)] - low) / (high - low));
    }
    return true;
  }

  private double[] enlarged(int channel, int places) {
    int rows = layer.shape().intDim(2);
    int columns = layer.shape().intDim(3);
    int height = setting.frame().height();
    int width = setting.frame().width();
    long from = (long) channel * places;
    double[] large = new double[height * width];
    for (int y = 0; y < height; y++) {
      double atY = Math.clamp((y + 0.5) * rows / height - 0.5, 0, rows - 1.0);
      int top = (int) atY;
      long upper = from + (long) top * columns;
      long lower = from + (long) Math.min(top + 1, rows - 1) * columns;
      for (int x = 0; x < width; x++) {
        double atX = Math.clamp((x + 0.5) * columns / width - 0.5, 0, columns - 1.0);
        int left = (int) atX;
        int right = Math.min(left + 1, columns - 1);
        double above = mix(maps.get(upper + left), maps.get(upper + right), atX - left);
        double below = mix(maps.get(lower + left), maps.get(lower + right), atX - left);
        large[y * width + x] = mix(above, below, atY - top);
      }
    }
    return large;
  }

  private static double mix(double a, double b, double part) {
    return a + (b - a) * part;
  }

  /** exp(s)/Σ exp(s); all 0 where every channel is flat. */
  private static double[] softmax(double[] scores) {
    double most = Double.NEGATIVE_INFINITY;
    for (double s : scores) {
      most = Math.max(most, s);
    }
    double[] weights = new double[scores.length];
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      boolean flat = scores[k] == Double.NEGATIVE_INFINITY;
      weights[k] = flat ? 0 : Math.exp(scores[k] - most);
      sum += weights[k];
    }
    for (int k = 0; k < weights.length; k++) {
      weights[k] /= sum > 0 ? sum : 1;
    }
    return weights;
  }

  @Override
  public void close() {
    input.close();
    maps.close();
    session.close();
  }
}
