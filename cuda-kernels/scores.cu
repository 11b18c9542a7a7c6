/*
 * Scores gathered from rows of logits: a class's logit, probability or its logarithm, so that only
 * scores leave the device.
 *
 * logits: [rows][pitch], dst: [first + rows][dst_pitch].
 *
 * Bound: bytes, 4*rows*classes + 4*rows*count; 8*rows*count where the logit itself is asked for and
 * whether rows are finite is not.
 */
#include "common/index.cuh"
#include "common/softmax.cuh"

namespace convlens {
namespace {

/** A warp for a row. */
__global__ void __launch_bounds__(kThreads) gather_scores(clk_scores_args args) {
  int64_t row = thread_number() / kWarp;
  if (row >= args.rows) {
    return;
  }
  int lane = threadIdx.x % kWarp;
  const float* logits = args.logits + row * args.pitch;
  float* dst = args.dst + (args.first + row) * args.dst_pitch;
  bool plain = args.kind == CLK_SCORE_LOGIT;
  if (args.strange != nullptr) {
    bool finite = true;
    for (int64_t j = lane; j < args.classes; j += kWarp) {
      finite = finite && isfinite(logits[j]);
    }
    if (!finite) {
      *args.strange = 1;  // whoever comes first, all write the same
    }
  }
  Exponentials all = {0, 1};
  if (!plain) {
    all = warp_exponentials(logits, args.classes, lane);
  }
  for (int64_t j = lane; j < args.count; j += kWarp) {
    int64_t target = args.targets == nullptr ? j : args.targets[j];
    if (target < 0 || target >= args.classes) {
      dst[j] = NAN;  // never a neighbour's memory
    } else {
      dst[j] =
          plain ? logits[target] : all.of(logits[target], args.kind == CLK_SCORE_LOG_PROBABILITY);
    }
  }
}

bool makes_sense(const clk_scores_args& a) {
  return a.logits != nullptr && a.dst != nullptr && a.rows >= 0 && a.classes >= 1 &&
         a.pitch >= a.classes && a.count >= 1 && a.first >= 0 && a.dst_pitch >= a.count &&
         (a.targets != nullptr || a.count == a.classes) && a.kind >= CLK_SCORE_LOGIT &&
         a.kind <= CLK_SCORE_LOG_PROBABILITY;
}

}  // namespace
}  // namespace convlens

extern "C" int clk_scores(const clk_scores_args* args, void* stream) {
  using namespace convlens;
  if (args == nullptr || !makes_sense(*args)) {
    return refused();
  }
  if (args->rows == 0) {
    return 0;
  }
  int64_t blocks = ceil_div(args->rows * kWarp, kThreads);
  if (!fits_grid(blocks)) {
    return refused();
  }
  CLK_LAUNCH(gather_scores, grid_of(blocks), dim3(kThreads), 0, stream, *args);
  return launched();
}
