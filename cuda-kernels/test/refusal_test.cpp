/* What launchers refuse, and what they have nothing to do for. Nothing is launched in any of these.
 */
#include "reference.h"

namespace trial {
namespace {

void expect(int status, int right, const char* what) {
  if (status != right) {
    throw Failure{std::string(what) + " gave " + std::to_string(status) + " and not " +
                  std::to_string(right)};
  }
}

void refuse(int status, const char* what) { expect(status, cudaErrorInvalidValue, what); }

void nulls(Random&, std::string&) {
  refuse(clk_conv(nullptr, nullptr), "conv");
  refuse(clk_matmul(nullptr, nullptr), "matmul");
  refuse(clk_affine(nullptr, nullptr), "affine");
  refuse(clk_pool(nullptr, nullptr), "pool");
  refuse(clk_lrn(nullptr, nullptr), "lrn");
  refuse(clk_group_norm(nullptr, nullptr), "group norm");
  refuse(clk_layer_norm(nullptr, nullptr), "layer norm");
  refuse(clk_broadcast(nullptr, nullptr), "broadcast");
  refuse(clk_copy(nullptr, nullptr), "copy");
  refuse(clk_transpose(nullptr, nullptr), "transpose");
  refuse(clk_interpolate(nullptr, nullptr), "interpolate");
  refuse(clk_softmax(nullptr, nullptr), "softmax");
  refuse(clk_reduce(nullptr, nullptr), "reduce");
  refuse(clk_occlude(nullptr, nullptr), "occlude");
  refuse(clk_scores(nullptr, nullptr), "scores");
  refuse(clk_strongest(nullptr, nullptr), "strongest");
  refuse(clk_patches(nullptr, nullptr), "patches");
  refuse(clk_change(nullptr, nullptr), "change");
  refuse(clk_pool_change(nullptr, nullptr), "pool change");
  refuse(clk_activation_gradient(nullptr, nullptr), "activation gradient");
  refuse(clk_pool_gradient(nullptr, nullptr), "pool gradient");
  refuse(clk_samples(nullptr, nullptr), "samples");
  refuse(clk_moments(nullptr, nullptr), "moments");
  refuse(clk_map_figures(nullptr, nullptr), "map figures");
  refuse(clk_map_rank(nullptr, nullptr), "map rank");
  refuse(clk_neighbours(nullptr, nullptr), "neighbours");
  refuse(clk_repulsion(nullptr, nullptr), "repulsion");
  refuse(clk_attraction(nullptr, nullptr), "attraction");
  refuse(clk_descent(nullptr, nullptr), "descent");
}

/** A convolution that is in order but for what `spoil` does to it. */
template <class Spoil>
int conv_but(const Floats& some, Spoil spoil) {
  clk_conv_args args = {};
  args.src = args.weights = some.at();
  args.dst = some.at();
  args.src_map = args.dst_map = {0, 1, 4, 4, 4, 4};  // no picture: nothing to launch
  args.window = {{1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}};
  args.groups = 1;
  args.weight_pitch = 4;
  spoil(args);
  return clk_conv(&args, nullptr);
}

void convolutions(Random&, std::string&) {
  Floats some({0, 0, 0, 0});
  expect(conv_but(some, [](clk_conv_args&) {}), 0, "no picture");
  refuse(conv_but(some, [](clk_conv_args& a) { a.src = nullptr; }), "no src");
  refuse(conv_but(some, [](clk_conv_args& a) { a.groups = 3; }), "groups that don't divide");
  refuse(conv_but(some, [](clk_conv_args& a) { a.groups = 0; }), "no groups");
  refuse(conv_but(some, [](clk_conv_args& a) { a.weight_pitch = 3; }), "narrow weights");
  refuse(conv_but(some, [](clk_conv_args& a) { a.src_map.pitch = 3; }), "narrow pitch");
  refuse(conv_but(some, [](clk_conv_args& a) { a.src_map.n = 1; }), "other pictures");
  refuse(conv_but(some, [](clk_conv_args& a) { a.src_map.w = -1; }), "negative extent");
  refuse(conv_but(some, [](clk_conv_args& a) { a.src_map.w = int64_t{1} << 40; }), "huge extent");
  refuse(conv_but(some, [](clk_conv_args& a) { a.window.stride[2] = 0; }), "no stride");
  refuse(conv_but(some, [](clk_conv_args& a) { a.window.pad[1] = int64_t{1} << 40; }), "huge pad");
  refuse(conv_but(some, [](clk_conv_args& a) { a.window.dilation[0] = int64_t{1} << 30; }),
         "huge dilation");
  refuse(conv_but(some, [](clk_conv_args& a) { a.transposed = 2; }), "transposed twice");
  refuse(conv_but(some, [](clk_conv_args& a) { a.algorithm = 3; }), "no such algorithm");
  refuse(conv_but(some, [](clk_conv_args& a) { a.posts.count = CLK_POSTS + 1; }), "long chain");
  refuse(conv_but(some, [](clk_conv_args& a) { a.posts.count = 1; }), "addition of nothing");
  refuse(conv_but(some,
                  [](clk_conv_args& a) {
                    a.posts.count = 1;
                    a.posts.list[0].kind = CLK_POST_KINDS;
                  }),
         "no such activation");
}

void others(Random&, std::string&) {
  Floats some({0, 0, 0, 0});
  Ints numbers({0, 0, 0, 0});
  float* p = some.at();
  clk_matmul_args product = {p, p, nullptr, p, 1, 0, 4, 4, 0, 0, 0, 1, {}};
  expect(clk_matmul(&product, nullptr), 0, "product without rows");
  product.b_transposed = -1;
  refuse(clk_matmul(&product, nullptr), "product transposed oddly");
  clk_affine_args affine = {p, nullptr, nullptr, p, 0, 4, 4, 4, {}};
  expect(clk_affine(&affine, nullptr), 0, "no places");
  affine.dst_pitch = 3;
  refuse(clk_affine(&affine, nullptr), "narrow pitch");
  clk_pool_args pool = {};
  pool.src = p;
  pool.dst = p;
  pool.src_map = pool.dst_map = {0, 1, 1, 1, 4, 4};
  pool.window = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  expect(clk_pool(&pool, nullptr), 0, "pooling of no picture");
  pool.kind = CLK_POOL_LP;
  refuse(clk_pool(&pool, nullptr), "norm of order 0");
  clk_lrn_args lrn = {p, p, 0, 4, 4, 4, 5, 1, 1, 1};
  expect(clk_lrn(&lrn, nullptr), 0, "no places");
  lrn.size = 0;
  refuse(clk_lrn(&lrn, nullptr), "window of no channel");
  clk_group_norm_args group = {p, p, p, p, 0, 4, 4, 4, 4, 2, 0};
  expect(clk_group_norm(&group, nullptr), 0, "no picture");
  group.groups = 3;
  refuse(clk_group_norm(&group, nullptr), "groups that don't divide");
  clk_map_figures_args figures = {p, p, {0, 1, 2, 2, 4, 4}, CLK_FIGURES_SUM};
  expect(clk_map_figures(&figures, nullptr), 0, "figures of no picture");
  figures.figures = 5;
  refuse(clk_map_figures(&figures, nullptr), "half of the counts");
  figures.figures = CLK_FIGURES_SUM;
  figures.map.h = 0;
  refuse(clk_map_figures(&figures, nullptr), "figures of no place");
  figures.map.h = 1 << 24;
  refuse(clk_map_figures(&figures, nullptr), "places that are no floats");
  clk_map_rank_args rank = {p, p, {0, 1, 2, 2, 4, 4}, 3, 0};
  expect(clk_map_rank(&rank, nullptr), 0, "rank in no picture");
  rank.rank = 4;
  refuse(clk_map_rank(&rank, nullptr), "rank beyond the last place");
  rank.rank = 0;
  rank.magnitudes = 2;
  refuse(clk_map_rank(&rank, nullptr), "neither values nor magnitudes");
  clk_layer_norm_args layer = {p, p, nullptr, p, 0, 4, 0};
  expect(clk_layer_norm(&layer, nullptr), 0, "no rows");
  layer.columns = 0;
  refuse(clk_layer_norm(&layer, nullptr), "no columns");
  clk_broadcast_args broadcast = {p, p, p, CLK_SUM_OF, 1, {0}, {0}, {0}, {0}, {}};
  expect(clk_broadcast(&broadcast, nullptr), 0, "no elements");
  broadcast.axes = CLK_AXES + 1;
  refuse(clk_broadcast(&broadcast, nullptr), "too many axes");
  broadcast.axes = 1;
  broadcast.posts.count = 1;
  broadcast.posts.list[0] = {CLK_ADD, 0, 0, p, 4};
  refuse(clk_broadcast(&broadcast, nullptr), "addition after broadcasting");
  clk_copy_args copy = {p, p, 1, {0}, {}, {0}, {0}, 0};
  expect(clk_copy(&copy, nullptr), 0, "no elements");
  copy.dims[0] = -1;
  refuse(clk_copy(&copy, nullptr), "negative extent");
  clk_transpose_args transpose = {p, p, 0, 2, 2, 2, 2, 0, 0};
  expect(clk_transpose(&transpose, nullptr), 0, "no matrices");
  transpose.src_pitch = 1;
  refuse(clk_transpose(&transpose, nullptr), "narrow pitch");
  int32_t* n = numbers.at();
  clk_interpolate_args interpolate = {p, n, n, p, p, 0, 4, 4, 4};
  expect(clk_interpolate(&interpolate, nullptr), 0, "no lines");
  interpolate.length = 0;
  refuse(clk_interpolate(&interpolate, nullptr), "interpolation of nothing");
  clk_softmax_args softmax = {p, p, 0, 4, 1, 0};
  expect(clk_softmax(&softmax, nullptr), 0, "no rows");
  softmax.log = 2;
  refuse(clk_softmax(&softmax, nullptr), "logarithm of a logarithm");
  clk_reduce_args reduce = {p, p, CLK_REDUCE_SUM, 1, {0}, {1}, {1}, {0}};
  refuse(clk_reduce(&reduce, nullptr), "reduction of nothing");
  clk_occlude_args occlude = {p, n, p, p, 1, 1, 4, 0, 0};
  expect(clk_occlude(&occlude, nullptr), 0, "no position");
  occlude.first = -1;
  refuse(clk_occlude(&occlude, nullptr), "a position before the first");
  clk_scores_args scores = {p, nullptr, p, 0, 4, 4, 4, 0, 4, CLK_SCORE_LOGIT, nullptr};
  expect(clk_scores(&scores, nullptr), 0, "no rows");
  scores.count = 3;
  refuse(clk_scores(&scores, nullptr), "all classes, but not all");
  clk_strongest_args strongest = {p, nullptr, 4};
  refuse(clk_strongest(&strongest, nullptr), "nowhere to write");
}

void windows(Random&, std::string&) {
  Floats some({0, 0, 0, 0});
  Ints numbers({0, 0, 0, 0});
  float* p = some.at();
  clk_map whole = {1, 1, 1, 1, 4, 4};
  clk_windows none = {{0, 1, 1, 1, 4, 4}, numbers.at()};
  clk_patches_args patches = {p, numbers.at(), p, p, whole, none};
  expect(clk_patches(&patches, nullptr), 0, "no windows");
  patches.picture_map.n = 2;
  refuse(clk_patches(&patches, nullptr), "two pictures");
  clk_change_args change = {};
  change.base = p;
  change.dst = p;
  change.count = 1;
  change.sources[0] = {p, nullptr, none, 0};
  change.base_map = whole;
  change.dst_windows = none;
  expect(clk_change(&change, nullptr), 0, "no windows");
  change.sources[0].channel = 1;
  refuse(clk_change(&change, nullptr), "a source that is too wide");
  change.count = CLK_SOURCES + 1;
  refuse(clk_change(&change, nullptr), "too many sources");
  change.count = 0;
  change.result = CLK_VALUE + 1;
  refuse(clk_change(&change, nullptr), "no such result");
  clk_pool_change_args pool = {};
  pool.src = pool.base = pool.pooled = p;
  pool.dst = p;
  pool.src_windows = pool.dst_windows = none;
  pool.base_map = pool.pooled_map = whole;
  pool.window = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  expect(clk_pool_change(&pool, nullptr), 0, "no windows");
  pool.window.kernel[0] = 2;
  refuse(clk_pool_change(&pool, nullptr), "pooling along planes");
}

void gradients(Random&, std::string&) {
  Floats some({0, 0, 0, 0});
  float* p = some.at();
  clk_activation_gradient_args activation = {p, p,   p,   CLK_RELU, 0,  0, CLK_RULE_GUIDED,
                                             1, {0}, {1}, {1},      {1}};
  expect(clk_activation_gradient(&activation, nullptr), 0, "no elements");
  activation.rule = CLK_RULE_DECONVNET + 1;
  refuse(clk_activation_gradient(&activation, nullptr), "no such rule");
  activation.rule = CLK_RULE_GRADIENT;
  activation.function = CLK_ADD;
  refuse(clk_activation_gradient(&activation, nullptr), "the gradient of an addition");
  clk_samples_args samples = {p, nullptr, nullptr, p, 0, 1, 0, 0, 4, 1, {4}, {1}};
  expect(clk_samples(&samples, nullptr), 0, "no samples");
  samples.first = -1;
  refuse(clk_samples(&samples, nullptr), "a sample before the first");
  clk_moments_args moments = {p, nullptr, nullptr, p, 0, 0, 4, 1, {4}, {1}};
  refuse(clk_moments(&moments, nullptr), "nowhere to go on");
  moments.state = reinterpret_cast<double*>(p);
  expect(clk_moments(&moments, nullptr), 0, "no gradients");
  clk_map none = {0, 1, 4, 4, 4, 4};
  clk_pool_gradient_args pool = {};
  pool.gradient = pool.x = p;
  pool.dst = p;
  pool.gradient_map = pool.x_map = pool.dst_map = none;
  pool.window = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
  pool.kind = CLK_POOL_AVERAGE;
  expect(clk_pool_gradient(&pool, nullptr), 0, "no picture");
  pool.kind = CLK_POOL_MAX;
  refuse(clk_pool_gradient(&pool, nullptr), "nowhere to note the largest");
  pool.notes = p;
  pool.dst_map.w = 5;
  refuse(clk_pool_gradient(&pool, nullptr), "another extent than x");
  pool.x_map.w = pool.dst_map.w = pool.x_map.h = pool.dst_map.h = 100000;
  refuse(clk_pool_gradient(&pool, nullptr), "more elements than have numbers");
}

void embedding(Random&, std::string&) {
  Floats some({0, 0, 0, 0});
  Ints numbers({0, 0, 0, 0});
  float* p = some.at();
  clk_neighbours_args near = {p, p, p, 4, 1, 4, 0, 3};
  expect(clk_neighbours(&near, nullptr), 0, "nobody's neighbours");
  near.rows = 1;
  refuse(clk_neighbours(&near, nullptr), "a point after the last");
  near.rows = 0;
  near.k = 4;
  refuse(clk_neighbours(&near, nullptr), "more neighbours than others");
  near.k = 3;
  near.points = (1 << 24) + 1;
  refuse(clk_neighbours(&near, nullptr), "indices that are no floats");
  clk_repulsion_args repulsion = {p, p, 0};
  expect(clk_repulsion(&repulsion, nullptr), 0, "no points");
  repulsion.points = -1;
  refuse(clk_repulsion(&repulsion, nullptr), "fewer points than none");
  clk_attraction_args attraction = {p, numbers.at(), numbers.at(), p, p, 0};
  expect(clk_attraction(&attraction, nullptr), 0, "no points");
  attraction.values = nullptr;
  refuse(clk_attraction(&attraction, nullptr), "no affinities");
  clk_descent_args descent = {p, p, p, p, p, 0, 1, 1, 1, 1, 1};
  expect(clk_descent(&descent, nullptr), 0, "no points");
  descent.scratch = nullptr;
  refuse(clk_descent(&descent, nullptr), "no scratch memory");
}

void version(Random&, std::string&) {
  expect(clk_version(), CLK_VERSION, "version");
  if (std::string(clk_error_text(cudaErrorInvalidValue)).empty()) {
    throw Failure{"an error without a text"};
  }
}

}  // namespace

std::vector<Kind> refusal_kinds() {
  return {{"nulls", 1, nulls},
          {"refused-convolutions", 1, convolutions},
          {"refused-others", 1, others},
          {"refused-windows", 1, windows},
          {"refused-gradients", 1, gradients},
          {"refused-embeddings", 1, embedding},
          {"version", 1, version}};
}

}  // namespace trial
