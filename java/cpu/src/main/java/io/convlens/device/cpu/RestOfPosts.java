package io.convlens.device.cpu;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import java.util.List;

/** The posts that a primitive doesn't do itself, run over what it wrote. */
final class RestOfPosts {
  private RestOfPosts() {}

  /**
   * Adds the stages.
   *
   * @param done how many of the posts are done already
   * @param adds the operand of each {@link Post.Add} of all posts, in order
   */
  static void plan(
      KernelPlan plan, List<Post> posts, int done, MapShape dst, List<Place> adds, Place place) {
    if (done < posts.size()) {
      throw plan.unsupported("no post " + posts.get(done));
    }
  }
}
