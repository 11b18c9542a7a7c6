package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import io.convlens.device.cpu.plain.Posts;
import java.util.ArrayList;
import java.util.List;

/** The posts that a primitive doesn't do itself, run over what it wrote. */
final class RestOfPosts {
  private RestOfPosts() {}

  /**
   * Adds the stage, if there are any.
   *
   * @param done how many of the posts are done already
   * @param adds the operand of each {@link Post.Add} of all posts, in order
   */
  static void plan(
      KernelPlan plan,
      List<Post> posts,
      int done,
      MapShape dst,
      List<? extends Place> adds,
      Place place) {
    List<Post> rest = posts.subList(done, posts.size());
    if (rest.isEmpty()) {
      return;
    }
    long left = rest.stream().filter(p -> p instanceof Post.Add).count();
    var operands = new ArrayList<Place>(adds.subList(adds.size() - (int) left, adds.size()));
    operands.add(place);
    plan.add(Posts.of(dst, rest), operands.toArray(Place[]::new));
  }
}
