package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a primitive does to each element before it writes it. */
final class PostOps {
  /** oneDNN's limit on the operations of one primitive. */
  private static final int MAX = 32;

  /** An array that is added: argument and description, where it is, and its pitch there. */
  private record Added(int argument, long desc, Place place, MapShape map, int pitch) {}

  private final DnnlScope scope;
  private final long postOps;
  private final List<Added> added = new ArrayList<>();
  private int count;

  PostOps(DnnlScope scope) {
    this.scope = scope;
    this.postOps = scope.create(Dnnl.Handle.POST_OPS, "post_ops_create", Dnnl::postOpsCreate);
  }

  /** How many of these, from the first on, a primitive can do itself. */
  static int fusable(List<Post> posts) {
    int n = 0;
    while (n < Math.min(posts.size(), MAX) && fusable(posts.get(n))) {
      n++;
    }
    return n;
  }

  private static boolean fusable(Post post) {
    return switch (post) {
      case Post.Act(var function) -> Eltwise.of(function).isPresent();
      case Post.Add _ -> true;
    };
  }

  /** Applies a function that {@link #fusable} allowed. */
  void eltwise(Optional<Eltwise> function) {
    Eltwise e = function.orElseThrow();
    scope.check(
        "post_ops_append_eltwise",
        Dnnl.postOpsAppendEltwise(postOps, e.algorithm(), e.alpha(), e.beta()));
    count++;
  }

  /** Adds a value a channel. */
  void addVector(long desc, int channels, Place place) {
    append(desc, place, MapShape.dense(1, 1, 1, 1, channels), channels);
  }

  private void append(long desc, Place place, MapShape map, int pitch) {
    scope.check("post_ops_append_binary", Dnnl.postOpsAppendBinary(postOps, Dnnl.BINARY_ADD, desc));
    added.add(new Added(Dnnl.argPostOp(count), desc, place, map, pitch));
    count++;
  }

  /**
   * Applies posts.
   *
   * @param dst what they are applied to, described by {@code desc}: oneDNN wants what is added in
   *     the same layout, so another pitch costs a copy
   * @param adds what each {@link Post.Add} adds, in order
   */
  void apply(List<Post> posts, MapShape dst, long desc, List<? extends Place> adds) {
    int next = 0;
    for (Post p : posts) {
      switch (p) {
        case Post.Act(var function) -> eltwise(Eltwise.of(function));
        case Post.Add(int pitch) ->
            append(desc, adds.get(next++), Maps.withPitch(dst, pitch), dst.pitch());
      }
    }
  }

  /** The attributes to describe a primitive with. */
  long attr() {
    return scope.attr(postOps);
  }

  /** The arguments that the primitive takes for it, their copies added to the plan. */
  List<PrimitiveStage.Argument> arguments(KernelPlan plan) {
    return added.stream()
        .map(
            a ->
                new PrimitiveStage.Argument(
                    a.argument, a.desc, plan.repitched(a.map, a.place, a.pitch)))
        .toList();
  }
}
