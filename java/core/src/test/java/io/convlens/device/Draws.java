package io.convlens.device;

import io.convlens.device.Spec.Post;
import io.convlens.graph.Activation;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random parts of problems. Closing it frees the constants that it drew. */
final class Draws implements AutoCloseable {
  private final Random random;
  private final List<Tensor> constants = new ArrayList<>();

  Draws(long seed) {
    random = new Random(seed);
  }

  /** A number from {@code least} to {@code most}, both included. */
  int of(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  /** True once in so many draws. */
  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  <T> T among(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  Random random() {
    return random;
  }

  float[] values(long count) {
    float[] v = new float[(int) count];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextGaussian();
    }
    return v;
  }

  Tensor tensor(double scale, long... dims) {
    Shape shape = Shape.of(dims);
    float[] v = values(shape.size());
    for (int i = 0; i < v.length; i++) {
      v[i] *= (float) scale;
    }
    Tensor t = Tensor.of(shape, v);
    constants.add(t);
    return t;
  }

  /** Few, multiples of vector lengths, or anything. */
  int channels() {
    return switch (random.nextInt(4)) {
      case 0 -> of(1, 8);
      case 1 -> 16 * of(1, 4);
      case 2 -> 8 * of(1, 8);
      default -> of(1, 70);
    };
  }

  /** A small map of 1 to 3 spatial axes. */
  MapShape map() {
    int rank = of(1, 3);
    return map(of(1, 3), rank == 3 ? of(1, 4) : 1, rank > 1 ? of(1, 6) : 1, of(1, 6), channels());
  }

  MapShape map(int n, int d, int h, int w, int c) {
    return new MapShape(n, d, h, w, c, oneIn(3) ? c + of(1, 40) : c);
  }

  /** The same map with a pitch of its own. */
  MapShape repitched(MapShape m) {
    return map(m.n(), m.d(), m.h(), m.w(), m.c());
  }

  List<Post> posts(MapShape dst) {
    var posts = new ArrayList<Post>();
    int n = of(0, 2);
    for (int i = 0; i < n; i++) {
      posts.add(
          switch (random.nextInt(4)) {
            case 0 -> new Post.Add(dst.pitch());
            case 1 -> new Post.Add(dst.c() + of(0, 8));
            case 2 -> new Post.Act(new Activation.Relu());
            default -> new Post.Act(activation());
          });
    }
    return posts;
  }

  /** Up to two activations. */
  List<Activation> activations() {
    var all = new ArrayList<Activation>();
    int n = of(0, 2);
    for (int i = 0; i < n; i++) {
      all.add(activation());
    }
    return all;
  }

  /** A function that makes no large differences of small ones, and no number not one. */
  Activation activation() {
    float a = 0.1f + random.nextFloat();
    return switch (random.nextInt(21)) {
      case 0 -> new Activation.Relu();
      case 1 -> new Activation.LeakyRelu(a);
      case 2 -> new Activation.Elu(a);
      case 3 -> new Activation.Selu(1.67f, 1.05f);
      case 4 -> new Activation.Celu(a);
      case 5 -> new Activation.Clip(0, 6);
      case 6 -> new Activation.Clip(-a, a);
      case 7 -> new Activation.Clip(Float.NEGATIVE_INFINITY, a);
      case 8 -> new Activation.Sigmoid();
      case 9 -> new Activation.HardSigmoid(a, 0.5f);
      case 10 -> new Activation.HardSwish();
      case 11 -> new Activation.Swish(a);
      case 12 -> new Activation.Mish();
      case 13 -> new Activation.Gelu(false);
      case 14 -> new Activation.Gelu(true);
      case 15 -> new Activation.Softplus();
      case 16 -> new Activation.Softsign();
      case 17 -> new Activation.Affine(a, 0.3f);
      case 18 -> new Activation.Power(2);
      default ->
          new Activation.Elementary(
              among(
                  List.of(
                      Activation.Function.TANH,
                      Activation.Function.ERF,
                      Activation.Function.ABS,
                      Activation.Function.SIN,
                      Activation.Function.COS)));
    };
  }

  /** Any function, for elements that a device has exactly. */
  Activation anyActivation() {
    float a = 0.1f + random.nextFloat();
    return switch (random.nextInt(4)) {
      case 0 -> new Activation.Elementary(among(List.of(Activation.Function.values())));
      case 1 -> new Activation.ThresholdedRelu(a);
      case 2 -> new Activation.Power(among(List.of(-1f, 0f, 0.5f, 1.5f, 2f, 3f)));
      default -> activation();
    };
  }

  @Override
  public void close() {
    constants.forEach(Tensor::close);
  }
}
