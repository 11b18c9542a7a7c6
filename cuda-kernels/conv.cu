/* clk_conv: checks arguments and chooses between its two algorithms. No kernel. */
#include "common/convolution.cuh"

namespace convlens {
namespace {

/** Below so many channels of dst in a group, most of a product's tile would be idle. */
constexpr int64_t kNarrowGroup = 16;

bool is_product(const clk_conv_args& args) {
  if (args.algorithm == CLK_CONV_CHOOSE) {
    return args.dst_map.c / args.groups >= kNarrowGroup || args.groups == 1;
  }
  return args.algorithm == CLK_CONV_GEMM;
}

bool makes_sense(const clk_conv_args& a) {
  bool operands = a.src != nullptr && a.weights != nullptr && a.dst != nullptr;
  return operands && is_map(a.src_map) && is_map(a.dst_map) && a.src_map.n == a.dst_map.n &&
         is_window(a.window, a.transposed ? a.src_map : a.dst_map) && a.groups >= 1 &&
         a.src_map.c % a.groups == 0 && a.dst_map.c % a.groups == 0 &&
         a.weight_pitch >= a.dst_map.c && is_flag(a.transposed) && a.algorithm >= CLK_CONV_CHOOSE &&
         a.algorithm <= CLK_CONV_DIRECT && are_valid(a.posts, a.dst_map.c);
}

}  // namespace
}  // namespace convlens

extern "C" int clk_conv(const clk_conv_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (places_of(args->dst_map).count == 0) {
    return 0;
  }
  return is_product(*args) && args->groups <= kMostBlocksAcross ? conv_gemm(*args, stream)
                                                                : conv_direct(*args, stream);
}
