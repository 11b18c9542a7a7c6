/*
 * What is done to an element before it is written: clk_posts with parameters as floats, for
 * kernels. A chain is the same for all threads, so that its branches diverge nowhere.
 */
#pragma once

#include "activation.cuh"
#include "launch.cuh"

namespace convlens {

struct Post {
  int kind;
  float a;
  float b;
  const float* other;
  int64_t pitch;
};

struct Posts {
  int count;
  Post list[CLK_POSTS];
};

inline Posts posts_of(const clk_posts& from) {
  Posts posts = {static_cast<int>(from.count), {}};
  for (int i = 0; i < posts.count; i++) {
    const clk_post& post = from.list[i];
    posts.list[i] = {static_cast<int>(post.kind), static_cast<float>(post.a),
                     static_cast<float>(post.b), post.other, post.pitch};
  }
  return posts;
}

/** Whether posts make sense for an array with so many channels. */
inline bool are_valid(const clk_posts& posts, int64_t channels) {
  if (posts.count < 0 || posts.count > CLK_POSTS) {
    return false;
  }
  for (int64_t i = 0; i < posts.count; i++) {
    const clk_post& post = posts.list[i];
    bool known = post.kind >= 0 && post.kind < CLK_POST_KINDS;
    bool reads = post.kind == CLK_ADD;
    if (!known || (reads && (post.other == nullptr || post.pitch < channels))) {
      return false;
    }
  }
  return true;
}

/** Whether a chain reads arrays: some places know no place and channel to add at. */
inline bool has_additions(const clk_posts& posts) {
  for (int64_t i = 0; i < posts.count; i++) {
    if (posts.list[i].kind == CLK_ADD) {
      return true;
    }
  }
  return false;
}

/** Whether operands of posts can be read four channels at a time. */
inline bool by_fours(const clk_posts& posts) {
  for (int64_t i = 0; i < posts.count; i++) {
    if (posts.list[i].kind == CLK_ADD &&
        (posts.list[i].pitch % 4 != 0 ||
         reinterpret_cast<uintptr_t>(posts.list[i].other) % 16 != 0)) {
      return false;
    }
  }
  return true;
}

/** Runs the chain on neighbouring channels of a place. */
template <int V>
__device__ inline void apply(const Posts& posts, Vec<V>& x, int64_t place, int64_t channel) {
#pragma unroll 1
  for (int i = 0; i < posts.count; i++) {
    const Post& post = posts.list[i];
    if (post.kind == CLK_ADD) {
      Vec<V> other = load<V>(post.other + place * post.pitch + channel);
#pragma unroll
      for (int lane = 0; lane < V; lane++) {
        x.at[lane] += other.at[lane];
      }
    } else {
      activate<V>(post.kind, post.a, post.b, x);
    }
  }
}

}  // namespace convlens
