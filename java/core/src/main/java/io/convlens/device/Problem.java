package io.convlens.device;

import io.convlens.device.Spec.Post;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An operation as a short string in the manner of oneDNN's benchdnn, like {@code
 * conv_mb8ic64ih56iw56oc64oh56ow56kh3kw3ph1pw1}; what is usual (one group, stride 1, no padding, no
 * pitch) is left out. {@code peh} is padding after the end, {@code sp} and {@code dp} are pitches.
 */
public final class Problem {
  private static final String[] AXIS = {"d", "h", "w"};

  private Problem() {}

  /** The operation as text. */
  public static String of(Spec spec) {
    return switch (spec) {
      case Spec.Conv s ->
          "conv_"
              + windowed(s.groups(), s.src(), s.dst(), s.window())
              + (s.bias() == null ? "" : "_bias")
              + posts(s.posts());
      case Spec.ConvTranspose s ->
          "deconv_"
              + windowed(s.groups(), s.src(), s.dst(), s.window())
              + (s.bias() == null ? "" : "_bias")
              + posts(s.posts());
      case Spec.Pool s ->
          "pool_%s_%s".formatted(s.kind(), windowed(1, s.src(), s.dst(), s.window()));
      case Spec.MatMul s ->
          "matmul_%s%dx%d:%s%dx%d%s%s%s%s"
              .formatted(
                  s.batchA() == 1 ? "" : s.batchA() + "x",
                  s.rows(),
                  s.inner(),
                  s.batchB() == 1 ? "" : s.batchB() + "x",
                  s.inner(),
                  s.columns(),
                  s.weights() == null ? "" : s.plain() ? "_plain" : "_const",
                  s.bias() == null ? "" : "_bias",
                  s.alpha() == 1 ? "" : "_alpha" + s.alpha(),
                  posts(s.posts()));
      case Spec.Lrn s ->
          "lrn_%s_ls%d_alpha%s_beta%s_k%s"
              .formatted(maps(s.src(), s.dst()), s.size(), s.alpha(), s.beta(), s.bias());
      case Spec.ChannelAffine s -> "affine_" + maps(s.src(), s.dst()) + posts(s.posts());
      case Spec.GroupNorm s ->
          "groupnorm_g%d%s_eps%s".formatted(s.groups(), maps(s.src(), s.dst()), s.epsilon());
      case Spec.LayerNorm s ->
          "layernorm_%dx%d_eps%s".formatted(s.rows(), s.columns(), s.epsilon());
      case Spec.Pointwise s -> "eltwise_%s_%s".formatted(maps(s.src(), s.dst()), s.functions());
      case Spec.Broadcast s ->
          "binary_%s_%s:%s:%s:%s_%s"
              .formatted(
                  s.function(), s.dims(), s.strideA(), s.strideB(), s.strideDst(), s.posts());
      case Spec.Copy s -> "copy_%s:%s:%s".formatted(s.dims(), s.strideSrc(), s.strideDst());
      case Spec.Interpolate s ->
          "interpolate_%dx%dx%d:%d".formatted(s.outer(), s.length(), s.inner(), s.indices().size());
      case Spec.Softmax s ->
          "%s_%dx%dx%d"
              .formatted(s.log() ? "logsoftmax" : "softmax", s.outer(), s.length(), s.inner());
      case Spec.Reduce s ->
          "reduce_%s_%s:%s:%s:%s"
              .formatted(s.kind(), s.dims(), s.reduced(), s.strideSrc(), s.strideDst());
      case Spec.MapFigures s -> "figures_%s_%s".formatted(s.figures(), maps(s.src(), s.src()));
      case Spec.MapRank s -> "rank%d_%s_%s".formatted(s.rank(), s.of(), maps(s.src(), s.src()));
      case Spec.Neighbours s ->
          "neighbours%d_%dx%d:%d+%d"
              .formatted(s.k(), s.points(), s.dimensions(), s.first(), s.rows());
      case Spec.Repulsion s -> "repulsion_" + s.points();
      case Spec.Attraction s -> "attraction_%d_%d".formatted(s.points(), s.others().length);
      case Spec.Descent s ->
          "descent_%d_ex%s_m%s_r%s".formatted(s.points(), s.exaggeration(), s.momentum(), s.rate());
      case Spec.Patches s -> "patches_" + maps(s.dst(), s.picture());
      case Spec.Windows s ->
          "windows_%s_%s_from%d_%s"
              .formatted(s.result(), maps(s.dst(), s.map()), s.sources().size(), s.functions());
      case Spec.PoolWindows s ->
          "poolwindows_%s_%s".formatted(s.kind(), windowed(1, s.src(), s.dst(), s.window()));
      case Spec.ActivationGradient s ->
          "actgrad_%s_%s_%s:%s:%s:%s"
              .formatted(
                  s.function(), s.rule(), s.dims(), s.strideGradient(), s.strideX(), s.strideDst());
      case Spec.PoolGradient s ->
          "poolgrad_%s_%s%s"
              .formatted(
                  s.kind(),
                  windowed(1, s.x(), s.gradient(), s.window()),
                  s.dst().isDense() ? "" : "gp" + s.dst().pitch());
    };
  }

  private static String windowed(int groups, MapShape src, MapShape dst, Window3 w) {
    var b = new StringBuilder();
    b.append(groups == 1 ? "" : "g" + groups).append("mb").append(src.n());
    b.append("ic").append(src.c()).append(extents("i", src));
    b.append("oc").append(dst.c()).append(extents("o", dst));
    axes(b, "k%s", w.kernel(), 1);
    axes(b, "s%s", w.stride(), 1);
    axes(b, "d%s", minusOne(w.dilation()), 0);
    axes(b, "p%s", w.padBegin(), 0);
    axes(b, "pe%s", w.padEnd(), 0);
    return b.append(pitches(src, dst)).toString();
  }

  private static Window3.Axes minusOne(Window3.Axes a) {
    return new Window3.Axes(a.d() - 1, a.h() - 1, a.w() - 1);
  }

  private static void axes(StringBuilder b, String form, Window3.Axes a, int usual) {
    for (int i = 0; i < AXIS.length; i++) {
      if (a.get(i) != usual) {
        b.append(form.formatted(AXIS[i])).append(a.get(i));
      }
    }
  }

  private static String extents(String prefix, MapShape m) {
    return "%s%sh%d%sw%d"
        .formatted(m.d() == 1 ? "" : prefix + "d" + m.d(), prefix, m.h(), prefix, m.w());
  }

  private static String maps(MapShape src, MapShape dst) {
    return "mb%dic%d%s%s".formatted(src.n(), src.c(), extents("i", src), pitches(src, dst));
  }

  private static String pitches(MapShape src, MapShape dst) {
    return (src.isDense() ? "" : "sp" + src.pitch()) + (dst.isDense() ? "" : "dp" + dst.pitch());
  }

  private static String posts(List<Post> posts) {
    return posts.stream()
        .map(
            p ->
                switch (p) {
                  case Post.Act(var function) -> "+" + function;
                  case Post.Add(int pitch) -> "+add:p" + pitch;
                })
        .collect(Collectors.joining());
  }
}
