package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec.Post;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Work on a map's places in blocks that fit the first-level cache: each block is copied into an
 * array, worked on there and copied out. Loops over arrays become vector instructions where loops
 * over memory segments don't: 23 against 14 GB/s a thread, measured on a scaling with ReLU.
 */
final class Rows {
  /** Elements a block, if places lie close together: half of a 32 KiB cache holds two. */
  private static final int BLOCK = 2048;

  private final MapShape src;
  private final MapShape dst;
  private final List<Post> posts;
  private final int placesPerBlock;

  /**
   * Places of a map.
   *
   * @param src where values come from
   * @param dst where they go
   * @param posts what is done last
   */
  Rows(MapShape src, MapShape dst, List<Post> posts) {
    this.src = src;
    this.dst = dst;
    this.posts = List.copyOf(posts);
    boolean dense =
        src.isDense()
            && dst.isDense()
            && posts.stream().allMatch(p -> !(p instanceof Post.Add(int q)) || q == dst.c());
    this.placesPerBlock = dense ? Math.max(1, BLOCK / Math.max(1, dst.c())) : 1;
  }

  /** What is done to the first {@code count} values of a block, before the posts. */
  @FunctionalInterface
  interface Work {
    void apply(float[] values, int count);
  }

  /** One value a channel, repeated so that it lies beside each value of a block. */
  float[] besideBlock(float[] channels) {
    float[] all = new float[placesPerBlock * channels.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = channels[i % channels.length];
    }
    return all;
  }

  /**
   * Works on all places.
   *
   * @param in read
   * @param adds one for each {@link Post.Add}, from an index of this array on
   * @param out written
   */
  void run(
      Parallel parallel,
      MemorySegment in,
      MemorySegment[] adds,
      int firstAdd,
      MemorySegment out,
      Work work) {
    long blocks = (dst.places() + placesPerBlock - 1) / placesPerBlock;
    long least = Math.max(1, BLOCK / ((long) placesPerBlock * Math.max(1, dst.c())));
    parallel.run(
        blocks,
        least,
        (from, to) -> {
          float[] values = new float[placesPerBlock * dst.c()];
          float[] added = new float[values.length];
          for (long block = from; block < to; block++) {
            long place = block * placesPerBlock;
            int places = (int) Math.min(placesPerBlock, dst.places() - place);
            int count = places * dst.c();
            copy(in, place * src.pitch(), values, count);
            work.apply(values, count);
            posts(values, added, count, adds, firstAdd, place);
            MemorySegment.copy(
                values, 0, out, JAVA_FLOAT, place * dst.pitch() * Float.BYTES, count);
          }
        });
  }

  private void posts(
      float[] values, float[] added, int count, MemorySegment[] adds, int firstAdd, long place) {
    int next = firstAdd;
    for (Post post : posts) {
      switch (post) {
        case Post.Act(var function) -> Activations.apply(function, values, count);
        case Post.Add(int pitch) -> {
          copy(adds[next++], place * pitch, added, count);
          for (int i = 0; i < count; i++) {
            values[i] += added[i];
          }
        }
      }
    }
  }

  private static void copy(MemorySegment from, long index, float[] to, int count) {
    MemorySegment.copy(from, JAVA_FLOAT, index * Float.BYTES, to, 0, count);
  }
}
