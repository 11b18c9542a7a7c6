package io.convlens.device.cuda;

import io.convlens.device.Spec.Post;
import io.convlens.graph.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is done to each output element, as our kernels take it: a few steps with the operation that
 * computes the element, what is left over in place afterwards.
 */
final class PostChain {
  /** {@code CLK_POSTS}: the most steps that one kernel takes. */
  private static final int MOST = 8;

  private static final int ADD = 0;
  private static final int RELU = 1;
  private static final int STEP_WORDS = 5;

  /** A step: its code, parameters, and the operand that is added, if one is. */
  private record Step(int code, double a, double b, Place other, int pitch) {
    static Step of(int code, double a, double b) {
      return new Step(code, a, b, Place.NONE, 0);
    }
  }

  /**
   * The usual end of a residual block.
   *
   * @param other what is added, if anything is
   * @param pitch its pitch
   * @param relu whether a ReLU follows
   */
  record Residual(Optional<Place> other, int pitch, boolean relu) {}

  private final List<Step> steps;

  private PostChain(List<Step> steps) {
    this.steps = steps;
  }

  /** No steps. */
  static PostChain none() {
    return new PostChain(List.of());
  }

  /** Activations alone. */
  static PostChain of(List<Activation> functions) {
    return new PostChain(functions.stream().map(PostChain::step).toList());
  }

  /**
   * Steps of an operation, whose next operands are those that are added.
   *
   * @param places of the output
   * @param channels likewise
   */
  static PostChain of(KernelPlan plan, List<Post> posts, long places, int channels) {
    List<Step> steps = new ArrayList<>();
    for (Post post : posts) {
      steps.add(
          switch (post) {
            case Post.Act(Activation function) -> step(function);
            case Post.Add(int pitch) -> {
              long span = places == 0 ? 0 : (places - 1) * pitch + channels;
              yield new Step(ADD, 0, 0, plan.operand(span), pitch);
            }
          });
    }
    return new PostChain(steps);
  }

  /** Appends the kind and the parameters of one activation. */
  static Words into(Words words, Activation function) {
    Step step = step(function);
    return words.put(step.code()).real(step.a()).real(step.b());
  }

  private static Step step(Activation function) {
    return switch (function) {
      case Activation.Relu _ -> Step.of(RELU, 0, 0);
      case Activation.LeakyRelu(float alpha) -> Step.of(2, alpha, 0);
      case Activation.Elu(float alpha) -> Step.of(3, alpha, 0);
      case Activation.Selu(float alpha, float gamma) -> Step.of(4, alpha, gamma);
      case Activation.Celu(float alpha) -> Step.of(5, alpha, 0);
      case Activation.ThresholdedRelu(float alpha) -> Step.of(6, alpha, 0);
      case Activation.Clip(float min, float max) -> Step.of(7, min, max);
      case Activation.Sigmoid _ -> Step.of(8, 0, 0);
      case Activation.HardSigmoid(float alpha, float beta) -> Step.of(9, alpha, beta);
      case Activation.HardSwish _ -> Step.of(10, 0, 0);
      case Activation.Swish(float alpha) -> Step.of(11, alpha, 0);
      case Activation.Mish _ -> Step.of(12, 0, 0);
      case Activation.Gelu(boolean tanh) -> Step.of(tanh ? 14 : 13, 0, 0);
      case Activation.Softplus _ -> Step.of(15, 0, 0);
      case Activation.Softsign _ -> Step.of(16, 0, 0);
      case Activation.Affine(float scale, float shift) -> Step.of(17, scale, shift);
      case Activation.Power(float exponent) -> Step.of(18, exponent, 0);
      case Activation.Elementary(Activation.Function f) -> Step.of(code(f), 0, 0);
    };
  }

  private static int code(Activation.Function function) {
    return switch (function) {
      case TANH -> 19;
      case ERF -> 20;
      case ABS -> 21;
      case EXP -> 22;
      case LOG -> 23;
      case SQRT -> 24;
      case RECIPROCAL -> 25;
      case FLOOR -> 26;
      case CEIL -> 27;
      case ROUND -> 28;
      case SIGN -> 29;
      case SIN -> 30;
      case COS -> 31;
    };
  }

  /** What is added first, if that is all but for one ReLU at the end, which may be missing too. */
  Optional<Residual> asResidual() {
    boolean relu = !steps.isEmpty() && steps.getLast().code() == RELU;
    List<Step> rest = relu ? steps.subList(0, steps.size() - 1) : steps;
    if (rest.isEmpty()) {
      return Optional.of(new Residual(Optional.empty(), 0, relu));
    }
    Step only = rest.getFirst();
    return rest.size() == 1 && only.code() == ADD
        ? Optional.of(new Residual(Optional.of(only.other()), only.pitch(), relu))
        : Optional.empty();
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  /** The steps that go with the operation. */
  PostChain first() {
    return new PostChain(steps.subList(0, Math.min(MOST, steps.size())));
  }

  /** Those that come after it. */
  PostChain rest() {
    return new PostChain(steps.subList(Math.min(MOST, steps.size()), steps.size()));
  }

  /** Appends a {@code clk_posts}; the chain must be a {@link #first}. */
  Words into(Words words, long[] operands) {
    words.put(steps.size());
    for (Step s : steps) {
      words.put(s.code()).real(s.a()).real(s.b()).put(s.other().in(operands), s.pitch());
    }
    return words.put(new long[(MOST - steps.size()) * STEP_WORDS]);
  }
}
