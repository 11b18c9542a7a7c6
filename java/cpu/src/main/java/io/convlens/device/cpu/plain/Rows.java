package io.convlens.device.cpu.plain;

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
  /** Elements a block, unless one place has more: half of a 32 KiB cache holds two. */
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
    this.placesPerBlock = Math.max(1, BLOCK / Math.max(1, dst.c()));
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
          var activations = new Activations(values.length);
          for (long block = from; block < to; block++) {
            long place = block * placesPerBlock;
            int places = (int) Math.min(placesPerBlock, dst.places() - place);
            Memory.readPlaces(in, place, src.pitch(), dst.c(), values, places);
            work.apply(values, places * dst.c());
            int next = firstAdd;
            for (Post post : posts) {
              switch (post) {
                case Post.Act(var function) ->
                    activations.apply(function, values, places * dst.c());
                case Post.Add(int pitch) -> {
                  Memory.readPlaces(adds[next++], place, pitch, dst.c(), added, places);
                  add(added, values, places * dst.c());
                }
              }
            }
            Memory.writePlaces(values, out, place, dst.pitch(), dst.c(), places);
          }
        });
  }

  private static void add(float[] from, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] += from[i];
    }
  }
}
