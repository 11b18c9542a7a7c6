// Streams: planted bugs of order, and that what is ordered is right at every seed.
#include <cstring>

#include "check.h"
#include "machine.h"

using namespace convlens_test;

namespace {

constexpr int kSeeds = 30;
constexpr size_t kCount = 1000;

__global__ void twice(const float* from, float* to, int count) {
  const int at = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (at < count) to[at] = 2 * from[at];
}

void queue_twice(cudaStream_t stream, const DeviceFloats& from, const DeviceFloats& to) {
  CLK_LAUNCH(twice, 4, 256, 0, stream, from.data(), to.data(), static_cast<int>(kCount));
}

struct Pinned {
  float* data = nullptr;
  Pinned() {
    void* memory = nullptr;
    cuMemHostAlloc(&memory, kCount * sizeof(float), 0);
    data = static_cast<float*>(memory);
    for (size_t i = 0; i < kCount; i++) data[i] = static_cast<float>(i);
  }
  ~Pinned() { cuMemFreeHost(data); }
};

bool is_twice(const float* values) {
  for (size_t i = 0; i < kCount; i++) {
    if (values[i] != 2.0f * static_cast<float>(i)) return false;
  }
  return true;
}

// Upload, kernel, download on one stream, or with each its own; waited for or not. At how many seeds it was right.
int right_at(bool three_streams, bool events, bool waits) {
  int right = 0;
  for (int seed = 0; seed < kSeeds; seed++) {
    fresh_machine();
    convlens_emulator_set_seed(seed);
    Pinned up, down;
    std::vector<float> seen(kCount);
    DeviceFloats from(kCount), to(kCount);
    cudaStream_t streams[3];
    for (auto& stream : streams) stream = make_stream();
    void* event[2];
    for (auto& e : event) cuEventCreate(&e, 0);
    const auto stream = [&](int i) { return streams[three_streams ? i : 0]; };
    cuMemcpyHtoDAsync_v2(from.memory(), up.data, kCount * 4, stream(0));
    if (events) cuEventRecord(event[0], stream(0));
    if (events) cuStreamWaitEvent(stream(1), event[0], 0);
    queue_twice(stream(1), from, to);
    if (events) cuEventRecord(event[1], stream(1));
    if (events) cuStreamWaitEvent(stream(2), event[1], 0);
    cuMemcpyDtoHAsync_v2(down.data, to.memory(), kCount * 4, stream(2));
    if (waits) cuStreamSynchronize(stream(2));
    std::memcpy(seen.data(), down.data, kCount * 4);
    right += is_twice(seen.data());
    cuCtxSynchronize();
  }
  return right;
}

}  // namespace

TEST(a_stream_keeps_its_order_at_every_seed) { EQUAL(right_at(false, false, true), kSeeds); }

TEST(events_order_streams_at_every_seed) { EQUAL(right_at(true, true, true), kSeeds); }

TEST(a_missing_event_is_caught) {
  // Where the seed runs everything at once the order is right by accident; those are a quarter.
  const int right = right_at(true, false, true);
  HOLDS(right > 0);
  HOLDS(right < kSeeds / 2);
}

TEST(a_missing_synchronise_is_caught) {
  const int right = right_at(false, false, false);
  HOLDS(right > 0);
  HOLDS(right < kSeeds / 2);
}

TEST(nothing_runs_before_it_is_waited_for_on_a_lazy_machine) {
  convlens_emulator_set_eagerness(0);
  DeviceFloats data(kCount);
  EQUAL(cuMemsetD32_v2(data.memory(), 0, kCount), 0);
  EQUAL(convlens_emulator_pending(), 1);
  EQUAL(cuCtxSynchronize(), 0);
  EQUAL(convlens_emulator_pending(), 0);
}

TEST(pageable_memory_is_staged_and_pinned_memory_is_not) {
  convlens_emulator_set_eagerness(0);
  cudaStream_t stream = make_stream();
  std::vector<float> pageable(kCount, 1.0f);
  Pinned pinned;
  DeviceFloats first(kCount), second(kCount);
  cuMemcpyHtoDAsync_v2(first.memory(), pageable.data(), kCount * 4, stream);
  cuMemcpyHtoDAsync_v2(second.memory(), pinned.data, kCount * 4, stream);
  pageable[7] = pinned.data[7] = -5;
  EQUAL(first.values()[7], 1.0f);
  EQUAL(second.values()[7], -5.0f);
}

TEST(an_upload_from_pageable_memory_may_not_have_arrived_for_other_streams) {
  convlens_emulator_set_eagerness(0);
  cudaStream_t stream = make_stream();
  std::vector<float> host(kCount, 3.0f);
  DeviceFloats from(kCount), to(kCount);
  cuMemcpyHtoD_v2(from.memory(), host.data(), kCount * 4);
  queue_twice(stream, from, to);
  cuMemcpyDtoHAsync_v2(host.data(), to.memory(), kCount * 4, stream);
  // What runs first is drawn; with the upload waited for it is right.
  cuCtxSynchronize();
  cuMemcpyHtoD_v2(from.memory(), std::vector<float>(kCount, 4.0f).data(), kCount * 4);
  cuCtxSynchronize();
  queue_twice(stream, from, to);
  EQUAL(to.values()[0], 8.0f);
}

TEST(a_second_upload_that_is_not_waited_for_is_poison_and_not_the_first) {
  for (int seed = 0; seed < kSeeds; seed++) {
    fresh_machine();
    convlens_emulator_set_seed(seed);
    convlens_emulator_set_eagerness(0);
    cudaStream_t upload = make_stream(), compute = make_stream();
    Pinned picture;
    DeviceFloats from(std::vector<float>(kCount, 3.0f)), to(kCount);
    cuMemcpyHtoDAsync_v2(from.memory(), picture.data, kCount * 4, upload);
    queue_twice(compute, from, to);
    cuStreamSynchronize(compute);
    const float seen = to.values()[1];
    HOLDS(std::isnan(seen) || seen == 2.0f);
  }
}

TEST(the_null_stream_waits_for_blocking_streams_and_they_for_it) {
  for (int seed = 0; seed < kSeeds; seed++) {
    fresh_machine();
    convlens_emulator_set_seed(seed);
    void* blocking = nullptr;
    cuStreamCreate(&blocking, 0);
    DeviceFloats a(kCount), b(kCount), c(kCount);
    cuMemsetD32_v2(a.memory(), 0x3f800000, kCount);
    queue_twice(static_cast<cudaStream_t>(blocking), a, b);
    queue_twice(nullptr, b, c);
    EQUAL(c.values()[5], 4.0f);
  }
}

TEST(a_download_is_poison_until_it_arrives) {
  convlens_emulator_set_eagerness(0);
  cudaStream_t stream = make_stream();
  DeviceFloats from(std::vector<float>(kCount, 6.0f));
  Pinned down;
  cuMemcpyDtoHAsync_v2(down.data, from.memory(), kCount * 4, stream);
  HOLDS(std::isnan(down.data[0]));
  EQUAL(cuStreamSynchronize(stream), 0);
  EQUAL(down.data[0], 6.0f);
}

TEST(queries_say_not_ready_until_work_has_run) {
  convlens_emulator_set_eagerness(0);
  cudaStream_t stream = make_stream();
  void* event = nullptr;
  cuEventCreate(&event, 0);
  DeviceFloats data(kCount);
  cuMemsetD32Async(data.memory(), 0, kCount, stream);
  cuEventRecord(event, stream);
  int waits = 0;
  while (cuEventQuery(event) == 600) waits++;
  EQUAL(cuStreamQuery(stream), 0);
  HOLDS(waits < 1000);
  float milliseconds = -1;
  EQUAL(cuEventElapsedTime_v2(&milliseconds, event, event), 0);
  EQUAL(milliseconds, 0.0f);
}

TEST(a_captured_graph_does_what_its_stream_would) {
  for (int seed = 0; seed < kSeeds; seed++) {
    fresh_machine();
    convlens_emulator_set_seed(seed);
    cudaStream_t stream = make_stream(), side = make_stream();
    void *fork = nullptr, *join = nullptr, *graph = nullptr, *exec = nullptr;
    cuEventCreate(&fork, 2);
    cuEventCreate(&join, 2);
    Pinned up, down;
    DeviceFloats a(kCount), b(kCount), c(kCount);
    EQUAL(cuStreamBeginCapture_v2(stream, 1), 0);
    cuMemcpyHtoDAsync_v2(a.memory(), up.data, kCount * 4, stream);
    cuEventRecord(fork, stream);
    cuStreamWaitEvent(side, fork, 0);
    queue_twice(side, a, b);
    cuMemsetD32Async(c.memory(), 0, kCount, stream);
    cuEventRecord(join, side);
    cuStreamWaitEvent(stream, join, 0);
    cuMemcpyDtoHAsync_v2(down.data, b.memory(), kCount * 4, stream);
    EQUAL(convlens_emulator_pending(), 0);
    EQUAL(cuStreamEndCapture(stream, &graph), 0);
    EQUAL(cuGraphInstantiateWithFlags(&exec, graph, 0), 0);
    EQUAL(cuGraphDestroy(graph), 0);
    for (int launch = 0; launch < 3; launch++) {
      std::memset(down.data, 0, kCount * 4);
      EQUAL(cuGraphLaunch(exec, stream), 0);
      EQUAL(cuStreamSynchronize(stream), 0);
      HOLDS(is_twice(down.data));
    }
    EQUAL(cuGraphExecDestroy(exec), 0);
  }
}

TEST(a_capture_that_is_not_joined_is_refused) {
  cudaStream_t stream = make_stream(), side = make_stream();
  void *fork = nullptr, *graph = nullptr;
  cuEventCreate(&fork, 2);
  DeviceFloats a(kCount);
  EQUAL(cuStreamBeginCapture_v2(stream, 1), 0);
  cuEventRecord(fork, stream);
  cuStreamWaitEvent(side, fork, 0);
  cuMemsetD32Async(a.memory(), 0, kCount, side);
  EQUAL(cuStreamEndCapture(stream, &graph), 904);
  EQUAL(cuStreamBeginCapture_v2(stream, 1), 0);
  EQUAL(cuStreamSynchronize(stream), 900);
  EQUAL(cuStreamEndCapture(stream, &graph), 901);
}

TEST(a_dead_stream_or_event_is_reported) {
  cudaStream_t stream = make_stream();
  void* event = nullptr;
  cuEventCreate(&event, 0);
  EQUAL(cuStreamDestroy_v2(stream), 0);
  EQUAL(cuEventDestroy_v2(event), 0);
  EQUAL(cuStreamSynchronize(stream), 400);
  EQUAL(cuEventSynchronize(event), 400);
  EQUAL(convlens_emulator_reports(CONVLENS_EMULATOR_WRONG_USE), 2);
}
