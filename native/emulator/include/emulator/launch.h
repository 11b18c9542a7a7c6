// CLK_LAUNCH(kernel, grid, block, shared_bytes, stream, arguments...): queues a kernel on a stream of the emulator. A
// template with several arguments stands in parentheses: CLK_LAUNCH((copy<4, true>), ...). An error of the launch
// itself is left for cudaGetLastError, as by <<<>>>.
#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime_api.h"
#include "vector_types.h"

namespace convlens_emulator {

// A kernel with its arguments: what one thread of it does, and the shape of its grid.
struct __attribute__((visibility("default"))) Launch {
  const char* name;
  const void* kernel;
  dim3 grid;
  dim3 block;
  size_t shared_bytes;
  std::function<void()> thread;
  // Touches the library's thread-local storage, where its static shared memory lies.
  void* (*shared_anchor)();
};

__attribute__((visibility("default"))) void launch(Launch launch, cudaStream_t stream);

static thread_local char shared_memory_anchor;
static inline void* touch_shared_memory() { return &shared_memory_anchor; }

template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes,
            cudaStream_t stream, Arguments&&... arguments) {
  static_assert(sizeof...(Parameters) == sizeof...(Arguments), "a kernel gets as many arguments as it has parameters");
  // Arguments are copied now, as a GPU's launch copies them.
  std::tuple<std::decay_t<Parameters>...> copies(std::forward<Arguments>(arguments)...);
  launch(Launch{name, reinterpret_cast<const void*>(kernel), grid, block, shared_bytes,
                [kernel, copies] { std::apply(kernel, copies); }, &touch_shared_memory},
         stream);
}

}  // namespace convlens_emulator

#define CLK_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                      \
  ::convlens_emulator::launch(#kernel, kernel, dim3(grid), dim3(block), (shared_bytes), \
                              static_cast<cudaStream_t>(stream) __VA_OPT__(, ) __VA_ARGS__)
