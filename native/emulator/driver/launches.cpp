// Launches of our own kernels, compiled against emulator/launch.h.
#include <map>

#include "../core/block.h"
#include "../core/last_error.h"
#include "driver_types.h"

using namespace convlens::emulator;

namespace {

constexpr unsigned kMostThreads = 1024;
constexpr unsigned kMostThreadsZ = 64;
constexpr unsigned kMostBlocksX = 2147483647;
constexpr unsigned kMostBlocksYZ = 65535;
constexpr size_t kSharedUnasked = 48 << 10;  // more must be asked for with cudaFuncSetAttribute

std::map<const void*, size_t>& asked_shared() {
  static std::map<const void*, size_t> bytes;
  return bytes;
}

bool is_launchable(const convlens_emulator::Launch& launch) {
  const dim3 &b = launch.block, &g = launch.grid;
  if (b.x == 0 || b.y == 0 || b.z == 0 || g.x == 0 || g.y == 0 || g.z == 0) return false;
  if (b.x > kMostThreads || b.y > kMostThreads || b.z > kMostThreadsZ) return false;
  if (uint64_t{b.x} * b.y * b.z > kMostThreads) return false;
  return g.x <= kMostBlocksX && g.y <= kMostBlocksYZ && g.z <= kMostBlocksYZ;
}

bool has_shared(const convlens_emulator::Launch& launch) {
  const auto asked = asked_shared().find(launch.kernel);
  return launch.shared_bytes <=
         (asked == asked_shared().end() ? kSharedUnasked : std::max(asked->second, kSharedUnasked));
}

int queue_launch(Call& call, convlens_emulator::Launch launch, cudaStream_t stream) {
  if (!is_launchable(launch)) return kInvalidConfiguration;
  if (!has_shared(launch)) return kInvalidValue;
  const char* name = launch.name;
  Emulator::get().calls().note_kernel(name);
  return enqueue(call, stream, name, [launch = std::move(launch)] {
    Emulator& emulator = Emulator::get();
    return run_grid(launch, Random(emulator.random().next()), emulator.reports());
  });
}

int launch_now(convlens_emulator::Launch launch, cudaStream_t stream) {
  Call call(Library::kRuntime, "cudaLaunchKernel", Needs::kContext);
  return call.code() != 0 ? call.code() : queue_launch(call, std::move(launch), stream);
}

}  // namespace

void convlens_emulator::launch(Launch launch, cudaStream_t stream) {
  const int code = launch_now(std::move(launch), stream);
  if (code != 0) last_error() = code;
}

namespace convlens::emulator {

void ask_shared(const void* kernel, size_t bytes) { asked_shared()[kernel] = bytes; }

int& last_error() {
  static thread_local int error = 0;
  return error;
}

}  // namespace convlens::emulator
