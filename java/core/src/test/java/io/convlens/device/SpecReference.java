package io.convlens.device;

import io.convlens.device.Spec.Post;
import io.convlens.graph.Activation;
import io.convlens.graph.Node.PoolKind;
import io.convlens.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations by obvious loops in double precision; operands as {@link Spec} orders them. Small
 * arrays only: indices are ints.
 */
final class SpecReference {
  private SpecReference() {}

  static void run(Spec spec, float[]... o) {
    switch (spec) {
      case Spec.Conv s -> conv(s, o);
      case Spec.ConvTranspose s -> convTranspose(s, o);
      case Spec.Pool s -> pool(s, o[0], o[1]);
      case Spec.MatMul s -> matMul(s, o);
      case Spec.Lrn s -> lrn(s, o[0], o[1]);
      case Spec.ChannelAffine s -> affine(s, o);
      case Spec.Pointwise s -> pointwise(s, o[0], o[1]);
      case Spec.Softmax s -> softmax(s, o[0], o[1]);
      case Spec.GroupNorm s -> ArrayReference.groupNorm(s, o[0], o[1]);
      case Spec.LayerNorm s -> ArrayReference.layerNorm(s, o[0], o[1]);
      case Spec.Broadcast s -> ArrayReference.broadcast(s, o);
      case Spec.Copy s -> ArrayReference.copy(s, o[0], o[1]);
      case Spec.Interpolate s -> ArrayReference.interpolate(s, o[0], o[1]);
      case Spec.Reduce s -> ArrayReference.reduce(s, o[0], o[1]);
      case Spec.MapFigures s -> FiguresReference.figures(s, o[0], o[1]);
      case Spec.MapRank s -> FiguresReference.rank(s, o[0], o[1]);
      case Spec.Neighbours s -> EmbeddingReference.neighbours(s, o[0], o[1]);
      case Spec.Repulsion s -> EmbeddingReference.repulsion(s, o[0], o[1]);
      case Spec.Attraction s -> EmbeddingReference.attraction(s, o[0], o[1]);
      case Spec.Descent s -> EmbeddingReference.descent(s, o);
      case Spec.Patches s -> WindowReference.patches(s, o[0], o[1]);
      case Spec.Windows s -> WindowReference.windows(s, o);
      case Spec.PoolWindows s -> WindowReference.pool(s, o);
      case Spec.ActivationGradient s -> GradientReference.activation(s, o[0], o[1], o[2]);
      case Spec.PoolGradient s -> GradientReference.pool(s, o[0], o[1], o[2]);
    }
  }

  static int at(MapShape m, int n, int d, int h, int w, int c) {
    return (((n * m.d() + d) * m.h() + h) * m.w() + w) * m.pitch() + c;
  }

  private static double post(
      List<Post> posts, double v, float[][] o, int firstAdd, int place, int c) {
    int add = firstAdd;
    double x = v;
    for (Post p : posts) {
      x =
          switch (p) {
            case Post.Act(Activation f) -> f.apply(x);
            case Post.Add(int pitch) -> x + o[add++][place * pitch + c];
          };
    }
    return x;
  }

  private static double bias(@Nullable Tensor bias, int c) {
    return bias == null ? 0 : bias.get(c);
  }

  private static void conv(Spec.Conv s, float[][] o) {
    MapShape src = s.src();
    MapShape dst = s.dst();
    Window3 w = s.window();
    int icg = src.c() / s.groups();
    int ocg = dst.c() / s.groups();
    Window3.Axes k = w.kernel();
    float[] out = o[o.length - 1];
    for (int place = 0; place < dst.places(); place++) {
      int[] p = split(dst, place);
      for (int c = 0; c < dst.c(); c++) {
        double sum = bias(s.bias(), c);
        for (int i = 0; i < icg; i++) {
          for (int t = 0; t < k.d() * k.h() * k.w(); t++) {
            int[] q = tap(w, p, t);
            if (inside(src, q)) {
              sum +=
                  (double) o[0][at(src, p[0], q[0], q[1], q[2], c / ocg * icg + i)]
                      * s.weights().get(((long) c * icg + i) * k.d() * k.h() * k.w() + t);
            }
          }
        }
        out[place * dst.pitch() + c] = (float) post(s.posts(), sum, o, 1, place, c);
      }
    }
  }

  private static void convTranspose(Spec.ConvTranspose s, float[][] o) {
    MapShape src = s.src();
    MapShape dst = s.dst();
    int icg = src.c() / s.groups();
    int ocg = dst.c() / s.groups();
    Window3.Axes k = s.window().kernel();
    int taps = k.d() * k.h() * k.w();
    double[] sums = new double[(int) dst.places() * dst.c()];
    for (int place = 0; place < src.places(); place++) {
      int[] p = split(src, place);
      for (int t = 0; t < taps; t++) {
        int[] q = tap(s.window(), p, t);
        if (!inside(dst, q)) {
          continue;
        }
        int to = ((p[0] * dst.d() + q[0]) * dst.h() + q[1]) * dst.w() + q[2];
        for (int i = 0; i < src.c(); i++) {
          for (int c = 0; c < ocg; c++) {
            sums[to * dst.c() + i / icg * ocg + c] +=
                (double) o[0][place * src.pitch() + i]
                    * s.weights().get(((long) i * ocg + c) * taps + t);
          }
        }
      }
    }
    for (int place = 0; place < dst.places(); place++) {
      for (int c = 0; c < dst.c(); c++) {
        double v = sums[place * dst.c() + c] + bias(s.bias(), c);
        o[o.length - 1][place * dst.pitch() + c] = (float) post(s.posts(), v, o, 1, place, c);
      }
    }
  }

  static int[] split(MapShape m, int place) {
    int w = place % m.w();
    int h = place / m.w() % m.h();
    int d = place / m.w() / m.h() % m.d();
    return new int[] {place / m.w() / m.h() / m.d(), d, h, w};
  }

  /** The (d, h, w) that tap t of the window at output p reads. */
  static int[] tap(Window3 w, int[] p, int t) {
    Window3.Axes k = w.kernel();
    int[] tap = {t / k.w() / k.h(), t / k.w() % k.h(), t % k.w()};
    int[] q = new int[3];
    for (int a = 0; a < 3; a++) {
      q[a] = p[a + 1] * w.stride().get(a) - w.padBegin().get(a) + tap[a] * w.dilation().get(a);
    }
    return q;
  }

  static boolean inside(MapShape m, int[] q) {
    return q[0] >= 0 && q[0] < m.d() && q[1] >= 0 && q[1] < m.h() && q[2] >= 0 && q[2] < m.w();
  }

  /** Whether a tap lies in the map or the file's own padding. */
  static boolean counted(MapShape src, Window3 window, Window3.Axes filePadEnd, int[] q) {
    int[] extents = {src.d(), src.h(), src.w()};
    for (int a = 0; a < 3; a++) {
      if (q[a] < -window.padBegin().get(a) || q[a] >= extents[a] + filePadEnd.get(a)) {
        return false;
      }
    }
    return true;
  }

  private static void pool(Spec.Pool s, float[] in, float[] out) {
    MapShape src = s.src();
    MapShape dst = s.dst();
    Window3.Axes k = s.window().kernel();
    for (int place = 0; place < dst.places(); place++) {
      int[] p = split(dst, place);
      for (int c = 0; c < dst.c(); c++) {
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        int inside = 0;
        int counted = 0;
        for (int t = 0; t < k.d() * k.h() * k.w(); t++) {
          int[] q = tap(s.window(), p, t);
          counted += counted(src, s.window(), s.filePadEnd(), q) ? 1 : 0;
          if (inside(src, q)) {
            double x = in[at(src, p[0], q[0], q[1], q[2], c)];
            max = Math.max(max, x);
            sum += s.kind() == PoolKind.LP ? Math.pow(Math.abs(x), s.p()) : x;
            inside++;
          }
        }
        out[place * dst.pitch() + c] =
            (float)
                switch (s.kind()) {
                  case MAX -> max;
                  case AVERAGE -> sum / inside;
                  case AVERAGE_WITH_PADDING -> sum / counted;
                  case LP -> Math.pow(sum, 1.0 / s.p());
                };
      }
    }
  }

  private static void matMul(Spec.MatMul s, float[][] o) {
    float[] b = s.weights() == null ? o[1] : s.weights().toArray();
    for (int place = 0; place < s.batch() * s.rows(); place++) {
      int batch = place / s.rows();
      int row = place % s.rows() + (s.batchA() == 1 ? 0 : batch * s.rows());
      int offset = s.batchB() == 1 ? 0 : batch * s.inner() * s.columns();
      for (int c = 0; c < s.columns(); c++) {
        double sum = 0;
        for (int i = 0; i < s.inner(); i++) {
          sum +=
              (double) o[0][row * s.inner() + i]
                  * b[s.turned() ? c * s.inner() + i : offset + i * s.columns() + c];
        }
        double v = s.alpha() * sum + bias(s.bias(), c);
        o[o.length - 1][place * s.columns() + c] =
            (float) post(s.posts(), v, o, s.weights() == null ? 2 : 1, place, c);
      }
    }
  }

  private static void lrn(Spec.Lrn s, float[] in, float[] out) {
    int before = (s.size() - 1) / 2;
    int after = s.size() / 2;
    for (int place = 0; place < s.src().places(); place++) {
      for (int c = 0; c < s.src().c(); c++) {
        double sum = 0;
        for (int i = Math.max(0, c - before); i <= Math.min(s.src().c() - 1, c + after); i++) {
          double x = in[place * s.src().pitch() + i];
          sum += x * x;
        }
        out[place * s.dst().pitch() + c] =
            (float)
                (in[place * s.src().pitch() + c]
                    * Math.pow(s.bias() + (double) s.alpha() / s.size() * sum, -s.beta()));
      }
    }
  }

  private static void affine(Spec.ChannelAffine s, float[][] o) {
    for (int place = 0; place < s.src().places(); place++) {
      for (int c = 0; c < s.src().c(); c++) {
        double v = (double) s.scale().get(c) * o[0][place * s.src().pitch() + c] + s.shift().get(c);
        o[o.length - 1][place * s.dst().pitch() + c] = (float) post(s.posts(), v, o, 1, place, c);
      }
    }
  }

  private static void pointwise(Spec.Pointwise s, float[] in, float[] out) {
    for (int place = 0; place < s.src().places(); place++) {
      for (int c = 0; c < s.src().c(); c++) {
        double v = in[place * s.src().pitch() + c];
        for (Activation f : s.functions()) {
          v = f.apply(v);
        }
        out[place * s.dst().pitch() + c] = (float) v;
      }
    }
  }

  private static void softmax(Spec.Softmax s, float[] in, float[] out) {
    int inner = (int) s.inner();
    for (int outer = 0; outer < s.outer(); outer++) {
      for (int i = 0; i < inner; i++) {
        int base = outer * s.length() * inner + i;
        double max = Double.NEGATIVE_INFINITY;
        for (int l = 0; l < s.length(); l++) {
          max = Math.max(max, in[base + l * inner]);
        }
        double sum = 0;
        for (int l = 0; l < s.length(); l++) {
          sum += Math.exp(in[base + l * inner] - max);
        }
        for (int l = 0; l < s.length(); l++) {
          double x = in[base + l * inner] - max;
          out[base + l * inner] = (float) (s.log() ? x - Math.log(sum) : Math.exp(x) / sum);
        }
      }
    }
  }
}
