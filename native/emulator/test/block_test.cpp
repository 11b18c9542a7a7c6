// Blocks: planted bugs of barriers and shared memory, and that what is right is right in every order.
#include <algorithm>

#include "../include/cuda_bf16.h"
#include "../include/cuda_fp16.h"
#include "check.h"
#include "machine.h"

using namespace convlens_test;

namespace {

constexpr int kSeeds = 30;

// Turns each block's 256 floats round through shared memory.
template <bool kWithBarrier>
__global__ void turn_round(const float* from, float* to) {
  __shared__ float tile[256];
  const int at = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  tile[threadIdx.x] = from[at];
  if (kWithBarrier) __syncthreads();
  to[at] = tile[255 - threadIdx.x];
}

// Each takes its left neighbour's number: without a barrier right by accident where threads run from the left.
__global__ void shift(const float* from, float* to) {
  __shared__ float tile[256];
  tile[threadIdx.x] = from[threadIdx.x];
  to[threadIdx.x] = threadIdx.x == 0 ? 0.0f : tile[threadIdx.x - 1];
}

// Sums a block by halves in dynamic shared memory; without the barrier between rounds it is a race.
template <bool kWithBarrier>
__global__ void sum_block(const float* from, float* to) {
  CLK_DYNAMIC_SHARED(float, sums);
  sums[threadIdx.x] = from[blockIdx.x * blockDim.x + threadIdx.x];
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    if (kWithBarrier) __syncthreads();
  }
  if (threadIdx.x == 0) to[blockIdx.x] = sums[0];
}

__global__ void sum_warps(const float* from, float* to) {
  float sum = from[blockIdx.x * blockDim.x + threadIdx.x];
  for (int lanes = 16; lanes > 0; lanes /= 2) sum += __shfl_down_sync(0xffffffffu, sum, lanes);
  if (threadIdx.x % 32 == 0) to[(blockIdx.x * blockDim.x + threadIdx.x) / 32] = sum;
}

__global__ void vote(const float* from, float* to) {
  const bool positive = from[threadIdx.x] > 0;
  const unsigned votes = __ballot_sync(0xffffffffu, positive);
  to[threadIdx.x] = static_cast<float>(__popc(votes)) + (__any_sync(0xffffffffu, positive) ? 100.0f : 0.0f) +
                    (__all_sync(0xffffffffu, positive) ? 1000.0f : 0.0f) +
                    (__syncthreads_count(positive) == 40 ? 10000.0f : 0.0f);
}

// Halves of a warp shuffle apart from each other, in branches.
__global__ void shuffle_halves(float* to) {
  const unsigned lane = threadIdx.x;
  const float own = static_cast<float>(lane);
  to[lane] = lane < 16 ? __shfl_xor_sync(0x0000ffffu, own, 1) : __shfl_sync(0xffff0000u, own, 20);
}

__global__ void some_skip_the_barrier(float* to) {
  if (threadIdx.x != 5) __syncthreads();
  if (threadIdx.x == 5) __syncwarp();
  to[threadIdx.x] = 1;
}

__global__ void read_unset_shared(float* to) {
  __shared__ float never[32];
  const float seen = never[threadIdx.x];
  to[blockIdx.x * 32 + threadIdx.x] = seen;
  __syncthreads();
  never[threadIdx.x] = 1;
}

__global__ void write_behind_dynamic_shared() {
  CLK_DYNAMIC_SHARED(float, data);
  data[blockDim.x] = 1;
}

__global__ void count_up(float* counter, int* largest) {
  atomicAdd(counter, 1.0f);
  atomicMax(largest, static_cast<int>(threadIdx.x + blockIdx.x));
}

__global__ void trap_in_thread(int which) {
  if (static_cast<int>(threadIdx.x) == which) __trap();
  __syncthreads();
}

std::vector<float> turned(const std::vector<float>& from) {
  std::vector<float> to = from;
  for (size_t block = 0; block < to.size(); block += 256) {
    std::reverse(to.begin() + static_cast<long>(block), to.begin() + static_cast<long>(block) + 256);
  }
  return to;
}

// At how many seeds the kernel gave what it should.
template <typename Launch>
int right_at(const std::vector<float>& expected, Launch launch) {
  int right = 0;
  for (int seed = 0; seed < kSeeds; seed++) {
    convlens_emulator_set_seed(seed);
    DeviceFloats to(expected.size());
    launch(to.data());
    right += to.values() == expected;
  }
  return right;
}

}  // namespace

TEST(with_its_barrier_a_kernel_is_right_in_every_order) {
  const std::vector<float> input = whole_numbers(1024, 2);
  DeviceFloats from(input);
  EQUAL(right_at(turned(input), [&](float* to) { CLK_LAUNCH(turn_round<true>, 4, 256, 0, nullptr, from.data(), to); }),
        kSeeds);
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(a_missing_barrier_is_caught_in_every_order) {
  const std::vector<float> input = whole_numbers(1024, 3);
  DeviceFloats from(input);
  EQUAL(right_at(turned(input), [&](float* to) { CLK_LAUNCH(turn_round<false>, 4, 256, 0, nullptr, from.data(), to); }),
        0);
  HOLDS(convlens_emulator_reports(CONVLENS_EMULATOR_UNINITIALISED) > 0);
}

TEST(threads_do_not_run_from_left_to_right) {
  std::vector<float> input = whole_numbers(256, 8), expected(256, 0.0f);
  std::copy(input.begin(), input.end() - 1, expected.begin() + 1);
  DeviceFloats from(input);
  HOLDS(right_at(expected, [&](float* to) { CLK_LAUNCH(shift, 1, 256, 0, nullptr, from.data(), to); }) < 3);
}

TEST(a_missing_barrier_in_a_reduction_is_caught) {
  std::vector<float> input = whole_numbers(1024, 4), sums(4, 0.0f);
  for (size_t i = 0; i < input.size(); i++) sums[i / 256] += input[i];
  DeviceFloats from(input);
  EQUAL(right_at(sums, [&](float* to) { CLK_LAUNCH(sum_block<true>, 4, 256, 1024, nullptr, from.data(), to); }),
        kSeeds);
  HOLDS(right_at(sums, [&](float* to) { CLK_LAUNCH(sum_block<false>, 4, 256, 1024, nullptr, from.data(), to); }) == 0);
}

TEST(shuffles_reach_the_lanes_they_name) {
  std::vector<float> input = whole_numbers(512, 5), sums(16, 0.0f);
  for (size_t i = 0; i < input.size(); i++) sums[i / 32] += input[i];
  DeviceFloats from(input);
  EQUAL(right_at(sums, [&](float* to) { CLK_LAUNCH(sum_warps, 2, 256, 0, nullptr, from.data(), to); }), kSeeds);
  EQUAL(convlens_emulator_reports(-1), 0);
}

TEST(halves_of_a_warp_shuffle_apart) {
  std::vector<float> expected(32);
  for (size_t lane = 0; lane < 32; lane++) expected[lane] = lane < 16 ? static_cast<float>(lane ^ 1) : 20.0f;
  EQUAL(right_at(expected, [](float* to) { CLK_LAUNCH(shuffle_halves, 1, 32, 0, nullptr, to); }), kSeeds);
}

TEST(votes_count_the_warp_and_barriers_the_block) {
  std::vector<float> input(64, 1.0f), expected(64);
  std::fill(input.begin(), input.begin() + 24, -1.0f);
  for (size_t i = 0; i < 64; i++) expected[i] = (i < 32 ? 8.0f : 1032.0f) + 10100.0f;
  DeviceFloats from(input);
  EQUAL(right_at(expected, [&](float* to) { CLK_LAUNCH(vote, 1, 64, 0, nullptr, from.data(), to); }), kSeeds);
}

TEST(threads_that_wait_for_ever_are_reported) {
  DeviceFloats to(64);
  CLK_LAUNCH(some_skip_the_barrier, 1, 64, 0, nullptr, to.data());
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_BARRIER), 1);
}

TEST(shared_memory_is_poisoned_for_each_block) {
  DeviceFloats to(32 * 200);
  CLK_LAUNCH(read_unset_shared, 200, 32, 0, nullptr, to.data());
  const std::vector<float> seen = to.values();
  HOLDS(std::all_of(seen.begin(), seen.end(), [](float value) { return std::isnan(value); }));
}

TEST(a_write_behind_dynamic_shared_memory_is_caught) {
  CLK_LAUNCH(write_behind_dynamic_shared, 1, 32, 128, nullptr);
  EQUAL(cuCtxSynchronize(), 700);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_OUT_OF_BOUNDS), 1);
}

TEST(atomics_see_every_thread) {
  DeviceFloats counter(std::vector<float>{0.0f}), largest(std::vector<float>{0.0f});
  CLK_LAUNCH(count_up, 10, 100, 0, nullptr, counter.data(), reinterpret_cast<int*>(largest.data()));
  EQUAL(counter.values()[0], 1000.0f);
  EQUAL(__float_as_int(largest.values()[0]), 108);
}

TEST(a_trap_ends_the_kernel_and_the_machine_goes_on) {
  CLK_LAUNCH(trap_in_thread, 3, 64, 0, nullptr, 7);
  EQUAL(cuCtxSynchronize(), 719);
  EQUAL(cuDevicePrimaryCtxReset_v2(0), 0);
  use_device(0);
  DeviceFloats from(whole_numbers(256, 6)), to(256);
  CLK_LAUNCH(turn_round<true>, 1, 256, 0, nullptr, from.data(), to.data());
  EQUAL(to.values() == turned(from.values()), true);
}

TEST(a_launch_beyond_the_limits_is_refused) {
  DeviceFloats to(1);
  cudaGetLastError();
  CLK_LAUNCH(trap_in_thread, 1, 1025, 0, nullptr, 0);
  EQUAL(cudaGetLastError(), 9);
  CLK_LAUNCH(trap_in_thread, 0, 32, 0, nullptr, 0);
  EQUAL(cudaGetLastError(), 9);
  CLK_LAUNCH(trap_in_thread, dim3(1, 65536), 32, 0, nullptr, 0);
  EQUAL(cudaGetLastError(), 9);
  CLK_LAUNCH(write_behind_dynamic_shared, 1, 32, 49 << 10, nullptr);
  EQUAL(cudaGetLastError(), 1);
  EQUAL(cudaGetLastError(), 0);
  EQUAL(cudaFuncSetAttribute(&write_behind_dynamic_shared, cudaFuncAttributeMaxDynamicSharedMemorySize, 64 << 10), 0);
  EQUAL(cudaFuncSetAttribute(&write_behind_dynamic_shared, cudaFuncAttributeMaxDynamicSharedMemorySize, 300 << 10), 1);
}

TEST(halves_and_bfloat16_round_to_the_nearest) {
  EQUAL(__half_as_ushort(__float2half(1.0f + 0x1p-11f)), 0x3c00);
  EQUAL(__half_as_ushort(__float2half(1.0f + 0x3p-11f)), 0x3c02);
  EQUAL(__half2float(__ushort_as_half(0x7bff)), 65504.0f);
  EQUAL(__float2bfloat16(1.0f + 0x1p-8f).bits, 0x3f80);
  EQUAL(__float2bfloat16(1.0f + 0x3p-8f).bits, 0x3f82);
  EQUAL(__bfloat162float(__float2bfloat16(-2.5f)), -2.5f);
  HOLDS(std::isnan(__bfloat162float(__float2bfloat16(NAN))));
}
