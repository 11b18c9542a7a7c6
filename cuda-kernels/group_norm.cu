/*
 * Instance and group normalisation: Ulyanov et al., 2016; Wu and He, 2018.
 *
 * src, dst: [n][places][channels], pitches apart.
 *
 * Bound: bytes, 8*n*places*channels, plus 8 more where a group does not stay in the caches; groups
 * narrower than 8 channels read whole sectors of 32 bytes.
 */
#include "common/index.cuh"
#include "common/sum.cuh"

namespace convlens {
namespace {

/** A block for a group of channels of a picture; `width` channels a group. */
__global__ void __launch_bounds__(kThreads)
    group_norm(clk_group_norm_args args, Divisor groups, Divisor width, float epsilon) {
  __shared__ Sum parts[kThreads / kWarp];
  Split block = split(blockIdx.x, groups);
  int64_t first_place = block.quotient * args.places;
  int64_t first_channel = block.rest * width.by;
  const float* src = args.src + first_place * args.src_pitch + first_channel;
  float* dst = args.dst + first_place * args.dst_pitch + first_channel;
  int64_t count = args.places * width.by;
  Sum sum = {0, 0};
  for (int64_t i = threadIdx.x; i < count; i += kThreads) {
    Split at = split(i, width);
    sum.add(src[at.quotient * args.src_pitch + at.rest]);
  }
  float mean = block_sum(sum, parts).value() / static_cast<float>(count);
  Sum squares = {0, 0};
  for (int64_t i = threadIdx.x; i < count; i += kThreads) {
    Split at = split(i, width);
    float x = src[at.quotient * args.src_pitch + at.rest] - mean;
    squares.add(x * x);
  }
  float variance = block_sum(squares, parts).value() / static_cast<float>(count);
  float factor = 1 / sqrtf(variance + epsilon);
  for (int64_t i = threadIdx.x; i < count; i += kThreads) {
    Split at = split(i, width);
    int64_t channel = first_channel + at.rest;
    float x = src[at.quotient * args.src_pitch + at.rest] - mean;
    dst[at.quotient * args.dst_pitch + at.rest] =
        x * factor * args.scale[channel] + args.shift[channel];
  }
}

bool makes_sense(const clk_group_norm_args& a) {
  return a.src != nullptr && a.scale != nullptr && a.shift != nullptr && a.dst != nullptr &&
         a.n >= 0 && a.places >= 0 && a.channels >= 1 && a.src_pitch >= a.channels &&
         a.dst_pitch >= a.channels && a.groups >= 1 && a.channels % a.groups == 0;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_group_norm(const clk_group_norm_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->n == 0 || args->places == 0) {
    return 0;
  }
  int64_t blocks = args->n * args->groups;
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(group_norm, grid_of(blocks), dim3(kThreads), 0, stream, *args, divisor(args->groups),
             divisor(args->channels / args->groups), static_cast<float>(args->epsilon));
  return launched();
}
