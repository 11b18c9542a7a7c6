package io.convlens.evaluation;

import io.convlens.evaluation.PixelMap.Joining;
import io.convlens.gradient.Attribution;
import io.convlens.gradient.Method;
import io.convlens.gradient.Saliency;
import io.convlens.gradient.SaliencyMapper;
import io.convlens.gradient.SaliencyOptions;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;

/** Maps of one of our methods, made when they are asked for. */
final class MethodExplainer implements Explainer {
  private final SaliencyOptions options;
  private final float fill;
  private final Places places;
  private final Shape one;
  private final SaliencyMapper mapper;

  MethodExplainer(SizedNetwork network, SaliencyOptions options, float fill) {
    this.options = options;
    this.fill = fill;
    this.places = Places.of(network);
    this.one = network.graph().input().shape().with(0, 1);
    this.mapper = new Saliency(options).prepare(network, 1);
    if (mapper.shape().rank() != 3) {
      mapper.close();
      throw new UnusableOptionException(options.method() + " gives no map of the picture");
    }
  }

  @Override
  public String name() {
    return options.method().toString();
  }

  @Override
  public Explainer of(SizedNetwork other) {
    return new MethodExplainer(other, options, fill);
  }

  @Override
  public Explanation explain(Query query) {
    try (Tensor picture = Tensor.of(one, query.input())) {
      Attribution a = mapper.map(picture, 0, query.target());
      Method method = options.method();
      PixelMap relevance = map(a, a.values(), method.isSlope() ? Joining.LARGEST : Joining.SUM);
      PixelMap shares =
          method.isSlope() ? map(a, timesWay(a.values(), query.input()), Joining.SUM) : relevance;
      return new Explanation(a.values(), relevance, shares);
    }
  }

  private PixelMap map(Attribution a, float[] values, Joining how) {
    return PixelMap.of(a.shape(), values, how, places.height(), places.width());
  }

  /** Slopes, channels first, times how far the input is from the fill. */
  private float[] timesWay(float[] slopes, float[] input) {
    float[] shares = new float[slopes.length];
    for (int i = 0; i < shares.length; i++) {
      int place = i % places.count();
      shares[i] = slopes[i] * (input[places.index(place, i / places.count())] - fill);
    }
    return shares;
  }

  @Override
  public void close() {
    mapper.close();
  }
}
