package io.convlens.device.cpu;

import io.convlens.device.Spec.Post;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a primitive does to each element before it writes it. */
final class PostOps {
  /** oneDNN's limit on the operations of one primitive. */
  private static final int MAX = 32;

  private final DnnlScope scope;
  private final long postOps;
  private final List<PrimitiveStage.Argument> arguments = new ArrayList<>();
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

  /** Adds the element of an array, which may have extents 1. */
  void add(long desc, Place place) {
    scope.check("post_ops_append_binary", Dnnl.postOpsAppendBinary(postOps, Dnnl.BINARY_ADD, desc));
    arguments.add(new PrimitiveStage.Argument(Dnnl.argPostOp(count), desc, place));
    count++;
  }

  /** Applies posts; each {@link Post.Add} takes the next place, an array of this description. */
  void apply(List<Post> posts, long addDesc, List<Place> adds) {
    int next = 0;
    for (Post p : posts) {
      switch (p) {
        case Post.Act(var function) -> eltwise(Eltwise.of(function));
        case Post.Add _ -> add(addDesc, adds.get(next++));
      }
    }
  }

  /** The attributes to describe a primitive with. */
  long attr() {
    return scope.attr(postOps);
  }

  /** The arguments that the primitive takes for it. */
  List<PrimitiveStage.Argument> arguments() {
    return arguments;
  }
}
