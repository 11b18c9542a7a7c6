package io.convlens.synthesis;

import io.convlens.graph.Graph;
import io.convlens.graph.Node;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.network.ScoredGraph;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;

/**
 * Small changes of a picture after which a network takes it for a wanted class, by projected
 * gradient descent (Madry et al. 2018) on the cross entropy.
 *
 * <pre>{@code
 * var range = PixelRange.of(net.fit(Preprocess.named("caffe")));
 * Fooled owl = Adversary.with(o -> o.epsilon(4)).fool(net, cat.input(), range, 24);
 * }</pre>
 *
 * @param options how
 */
public record Adversary(FoolOptions options) {
  /** With changes to {@link FoolOptions#DEFAULT}. */
  public static Adversary with(UnaryOperator<FoolOptions> changes) {
    return new Adversary(changes.apply(FoolOptions.DEFAULT));
  }

  /** {@link #fool(Network, Tensor, PixelRange, int, SynthesisListener)} that nobody follows. */
  public Fooled fool(Network network, Tensor picture, PixelRange range, int target) {
    return fool(network, picture, range, target, SynthesisListener.NONE);
  }

  /**
   * Changes one picture. Every picture that the network is shown on the way is one of whole levels,
   * so what is found survives being saved with 8 bits.
   *
   * @param picture {@code [1,C,H,W]}, as the network takes it; its samples are rounded to whole
   *     levels first
   * @param range what black and white are to the network
   * @param target the wanted class
   * @throws io.convlens.io.UnusableInputException if the network takes no such pictures
   * @throws UnusableOptionException if there is no such class
   * @throws io.convlens.graph.NoGradientException if the network has no gradient
   * @throws ArithmeticException if the gradient for a picture on the way is no number
   * @throws CancellationException if the listener said so
   */
  public Fooled fool(
      Network network, Tensor picture, PixelRange range, int target, SynthesisListener listener) {
    Shape shape = picture.shape().with(0, 1);
    PictureSpace space = PictureSpace.of(network, shape, range);
    SizedNetwork sized = network.sized(shape);
    sized.checkTarget(target);
    if (options.norm() == FoolOptions.Norm.LINF && options.epsilon() < 1) {
      throw new UnusableOptionException(
          "epsilon %s: a file of 8 bits can't hold changes of less than 1 level"
              .formatted(options.epsilon()));
    }
    float[] original = levels(space, picture);
    try (var pass = pass(sized)) {
      float[] seed = new float[pass.valueSize()];
      seed[target] = -1;
      pass.seed(0, seed);
      Predictions before = predict(sized, space.input(shares(original)), shape);
      var levels = new Levels(original, options);
      float[] changed = original;
      int step = 0;
      while (true) {
        pass.input(0, space.input(shares(changed)));
        pass.run();
        double probability = Math.exp(pass.values()[target]);
        if (probability >= options.confidence() || step == options.steps()) {
          break;
        }
        levels.step(finite(space.gradient(pass.gradients(), 0)));
        changed = levels.rounded();
        step++;
        if (!listener.progress(step, options.steps())) {
          throw new CancellationException("the change was stopped");
        }
      }
      float[] input = space.input(shares(changed));
      Predictions after = predict(sized, input, shape);
      return new Fooled(
          shape, input, target, before, after, step, Fooled.Size.of(original, changed));
    }
  }

  /** Of the logarithms of the probabilities: their gradient does not vanish where one is small. */
  private static SeededPass pass(SizedNetwork network) {
    ScoredGraph scored = network.scored(ScoreKind.LOGIT);
    Value logits = scored.scores();
    var logs = new Value("~logs", logits.shape(), logits.batched());
    int rank = logits.shape().rank();
    Graph graph =
        scored.graph().append(new Node.Softmax("logs", logits, rank > 1 ? 1 : 0, rank, true, logs));
    return new SeededPass(network, graph, logs, 1);
  }

  private static float[] finite(float[] gradient) {
    for (float v : gradient) {
      if (!Float.isFinite(v)) {
        throw new ArithmeticException("the probability's gradient for it holds " + v);
      }
    }
    return gradient;
  }

  private static float[] levels(PictureSpace space, Tensor picture) {
    float[] input = new float[space.size()];
    picture.copyTo(input, 0, input.length);
    float[] levels = space.picture(input);
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (float) Math.rint(Math.clamp(PixelRange.WHITE * levels[i], 0, PixelRange.WHITE));
    }
    return levels;
  }

  private static float[] shares(float[] levels) {
    float[] shares = new float[levels.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) (levels[i] / PixelRange.WHITE);
    }
    return shares;
  }

  private static Predictions predict(SizedNetwork network, float[] input, Shape shape) {
    try (Tensor one = Tensor.of(shape, input)) {
      return network.predict(one);
    }
  }
}
