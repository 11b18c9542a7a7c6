/* Which library this is, and the text of what its launchers return. No kernel. */
#include "common/launch.cuh"

extern "C" int clk_version(void) { return CLK_VERSION; }

extern "C" const char* clk_error_text(int error) {
  return cudaGetErrorString(static_cast<cudaError_t>(error));
}
