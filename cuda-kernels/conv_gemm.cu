/*
 * Convolution as an implicit matrix product: rows are places of dst, columns the channels of a
 * group of dst, and the inner axis runs over taps and channels of src; the matrix of windows is
 * never made, its quads are gathered from src as they are needed. Transposed convolution gathers
 * likewise, zeros where the stride skips.
 *
 * src: [n][d][h][w][c], weights: [taps][c/groups][weight_pitch], dst: [n][d][h][w][m].
 *
 * Bound: flops, 2*places*m*taps*c/groups at the FMA rate; for few channels bytes, 4*(src + weights
 * + dst).
 */
#include "common/convolution.cuh"
#include "common/tile.cuh"

namespace convlens {
namespace {

struct Product {
  const float* src;
  const float* weights;
  const float* bias;
  float* dst;
  clk_map src_map;
  clk_map dst_map;
  Window window;
  Places places;
  int64_t inner;  // taps * src channels of a group
  int64_t weight_pitch;
  int source_channels;  // of a group
  int columns;          // dst channels of a group
  Divisor column_tiles;
  bool transposed;
  bool whole_source;   // quads of src are aligned and within one tap
  bool whole_weights;  // quads of weights are aligned
};

/** Where on the inner axis a quad begins, as tap and channel. */
struct Step {
  int channel;
  int tap[3];
};

__device__ inline void advance(Step& step, int by, const Product& p) {
  step.channel += by;
  while (step.channel >= p.source_channels) {
    step.channel -= p.source_channels;
    for (int axis = 2; axis >= 0; axis--) {
      if (++step.tap[axis] < p.window.kernel[axis] || axis == 0) {
        break;
      }
      step.tap[axis] = 0;
    }
  }
}

/** Supplies windows of one place of dst. */
template <class T>
class Windows {
 public:
  __device__ Windows(const Product& p, int64_t first_place, int group) : p_(p) {
    int64_t number = first_place + at_.line;
    in_ = number < p.places.count;
    Place place = place_of(p.places, in_ ? number : 0);
#pragma unroll
    for (int axis = 0; axis < 3; axis++) {
      origin_[axis] = origin(p.window, p.transposed, axis, place.at[axis]);
    }
    plane_ = place.n * p.src_map.d;
    from_ = p.src + static_cast<int64_t>(group) * p.source_channels;
    advance(step_, at_.inner, p);
  }

  __device__ Vec<4> next() {
    Vec<4> quad;
    if (p_.whole_source) {
      const float* from = element(step_);
      quad = from == nullptr ? splat<4>(0) : load<4>(from);
      advance(step_, T::kInner, p_);
    } else {
      quad = scattered();
      advance(step_, T::kInner - 4, p_);
    }
    return quad;
  }

  __device__ void put(float (*stage)[T::kRows + kBankPadding], const Vec<4>& quad) const {
    put_along<T::kRows + kBankPadding>(stage, at_.line, at_.inner, quad);
  }

 private:
  /** Four steps that may be of several taps. */
  __device__ Vec<4> scattered() {
    Vec<4> quad;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const float* from = element(step_);
      quad.at[i] = from == nullptr ? 0 : *from;
      advance(step_, 1, p_);
    }
    return quad;
  }

  /** The element of src that a step reads, or null. */
  __device__ const float* element(const Step& step) const {
    if (!in_ || step.tap[0] >= p_.window.kernel[0]) {
      return nullptr;
    }
    int d = tapped(p_.window, p_.transposed, 0, origin_[0], step.tap[0]);
    int h = tapped(p_.window, p_.transposed, 1, origin_[1], step.tap[1]);
    int w = tapped(p_.window, p_.transposed, 2, origin_[2], step.tap[2]);
    if ((d | h | w) < 0) {
      return nullptr;
    }
    int64_t place = ((plane_ + d) * p_.window.source[1] + h) * p_.window.source[2] + w;
    return from_ + place * p_.src_map.pitch + step.channel;
  }

  const Product& p_;
  QuadAlong<T> at_;
  const float* from_;
  int64_t plane_;
  int origin_[3];
  Step step_ = {0, {0, 0, 0}};
  bool in_;
};

/** A block for a tile of one group: tiles of columns follow each other, then those of places. */
template <class T>
__global__ void __launch_bounds__(kThreads, T::kBlocks)
    convolve_tile(const Product p, const Posts posts) {
  __shared__ TileMemory<T> memory;
  Split tile = split(blockIdx.x, p.column_tiles);
  int64_t first_place = tile.quotient * T::kRows;
  int first_column = static_cast<int>(tile.rest) * T::kColumns;
  int group = static_cast<int>(blockIdx.y);
  Windows<T> a(p, first_place, group);
  AcrossColumns<T> b(p.weights + static_cast<int64_t>(group) * p.columns, first_column, p.columns,
                     p.weight_pitch, p.inner, p.whole_weights);
  Sums<T> sums;
  accumulate<T>(sums, memory, a, b, p.inner);
  hand_out<T>(sums, memory, [&](int row, int column, float sum) {
    int64_t place = first_place + row;
    if (place >= p.places.count || first_column + column >= p.columns) {
      return;
    }
    int64_t channel = static_cast<int64_t>(group) * p.columns + first_column + column;
    Vec<1> x = {{p.bias == nullptr ? sum : sum + p.bias[channel]}};
    apply<1>(posts, x, place, channel);
    p.dst[place * p.dst_map.pitch + channel] = x.at[0];
  });
}

Product product_of(const clk_conv_args& args) {
  Product p = {};
  p.src = args.src;
  p.weights = args.weights;
  p.bias = args.bias;
  p.dst = args.dst;
  p.src_map = args.src_map;
  p.dst_map = args.dst_map;
  p.window = window_of(args.window, args.src_map);
  p.transposed = args.transposed == 1;
  p.places = places_of(args.dst_map);
  p.source_channels = static_cast<int>(args.src_map.c / args.groups);
  p.inner = taps_of(args.window) * p.source_channels;
  p.weight_pitch = args.weight_pitch;
  p.columns = static_cast<int>(args.dst_map.c / args.groups);
  p.whole_source = is_aligned(args.src) && by_fours(args.src_map.pitch, p.source_channels);
  p.whole_weights = is_aligned(args.weights) && by_fours(args.weight_pitch, p.columns);
  return p;
}

template <class T>
int64_t blocks_of(const Product& p) {
  return ceil_div(p.places.count, T::kRows) * ceil_div(p.columns, T::kColumns);
}

template <class T>
int launch(Product p, int64_t groups, const Posts& posts, void* stream) {
  int64_t blocks = blocks_of<T>(p);
  if (!fits_grid(blocks)) {
    return refused();
  }
  p.column_tiles = divisor(ceil_div(p.columns, T::kColumns));
  dim3 grid(static_cast<unsigned>(blocks), static_cast<unsigned>(groups));
  CLK_LAUNCH(convolve_tile<T>, grid, dim3(kThreads), 0, stream, p, posts);
  return launched();
}

bool takes_large_tiles(const Product& p, int64_t groups) {
  return p.columns > SmallTile::kColumns && blocks_of<LargeTile>(p) * groups >= kBlocksToGoRound;
}

}  // namespace

int conv_gemm(const clk_conv_args& args, void* stream) {
  Product p = product_of(args);
  Posts posts = posts_of(args.posts);
  return takes_large_tiles(p, args.groups) ? launch<LargeTile>(p, args.groups, posts, stream)
                                           : launch<SmallTile>(p, args.groups, posts, stream);
}

}  // namespace convlens
