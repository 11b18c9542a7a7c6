#include "reference.h"

namespace trial {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double softplus(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }

double clip(double x, double least, double most) { return x < least ? least : x > most ? most : x; }

double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

/** Kinds whose value changes little with x, so that they may follow a sum that was rounded. */
const int64_t kTame[] = {CLK_RELU,         CLK_LEAKY_RELU, CLK_ELU,      CLK_SELU,   CLK_CELU,
                         CLK_CLIP,         CLK_SIGMOID,    CLK_SWISH,    CLK_MISH,   CLK_GELU,
                         CLK_HARD_SIGMOID, CLK_HARD_SWISH, CLK_SOFTPLUS, CLK_AFFINE, CLK_TANH,
                         CLK_GELU_TANH,    CLK_SOFTSIGN,   CLK_ABS,      CLK_ERF};

}  // namespace

double activated(const clk_post& post, double x) {
  double a = static_cast<float>(post.a);
  double b = static_cast<float>(post.b);
  switch (post.kind) {
    case CLK_RELU:
      return x < 0 ? 0 : x;
    case CLK_LEAKY_RELU:
      return x < 0 ? a * x : x;
    case CLK_ELU:
      return x < 0 ? a * std::expm1(x) : x;
    case CLK_SELU:
      return x <= 0 ? b * a * std::expm1(x) : b * x;
    case CLK_CELU:
      return x < 0 ? a * std::expm1(x / a) : x;
    case CLK_THRESHOLDED:
      return x > a || std::isnan(x) ? x : 0;
    case CLK_CLIP:
      return clip(x, a, b);
    case CLK_SIGMOID:
      return sigmoid(x);
    case CLK_HARD_SIGMOID:
      return clip(a * x + b, 0, 1);
    case CLK_HARD_SWISH:
      return x * clip(x / 6 + 0.5, 0, 1);
    case CLK_SWISH:
      return x * sigmoid(a * x);
    case CLK_MISH:
      return x * std::tanh(softplus(x));
    case CLK_GELU:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case CLK_GELU_TANH:
      return gelu_tanh(x);
    case CLK_SOFTPLUS:
      return softplus(x);
    case CLK_SOFTSIGN:
      return x / (1 + std::fabs(x));
    case CLK_AFFINE:
      return a * x + b;
    case CLK_POWER:
      return std::pow(x, a);
    case CLK_TANH:
      return std::tanh(x);
    case CLK_ERF:
      return std::erf(x);
    case CLK_ABS:
      return std::fabs(x);
    case CLK_EXP:
      return std::exp(x);
    case CLK_LOG:
      return std::log(x);
    case CLK_SQRT:
      return std::sqrt(x);
    case CLK_RECIPROCAL:
      return 1 / x;
    case CLK_FLOOR:
      return std::floor(x);
    case CLK_CEIL:
      return std::ceil(x);
    case CLK_ROUND:
      return std::nearbyint(x);
    case CLK_SIGN:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case CLK_SIN:
      return std::sin(x);
    case CLK_COS:
      return std::cos(x);
    default:
      throw Failure{"no reference for activation " + std::to_string(post.kind)};
  }
}

clk_post draw_activation(Random& random, int64_t kind) {
  clk_post post = {};
  post.kind = kind;
  post.a = kind == CLK_CLIP ? -0.25 * static_cast<double>(random.of(0, 6))
                            : 0.25 * static_cast<double>(random.of(1, 6));
  post.b = kind == CLK_AFFINE || kind == CLK_HARD_SIGMOID
               ? random.value()
               : 0.5 * static_cast<double>(random.of(1, 5));
  return post;
}

Chain::Chain(Random& random, int64_t places, int64_t channels, bool additions, int64_t offset) {
  posts_.count = random.of(0, 3);
  for (int64_t i = 0; i < posts_.count; i++) {
    if (!additions || random.one_in(2)) {
      posts_.list[i] = draw_activation(random, kTame[random.of(0, std::size(kTame) - 1)]);
      continue;
    }
    int64_t pitch = channels + (random.one_in(2) ? 0 : 4 * random.of(0, 2) + random.of(0, 1));
    others_.push_back(std::make_unique<Floats>(
        random.values(places == 0 ? 0 : (places - 1) * pitch + channels), offset));
    posts_.list[i] = {CLK_ADD, 0, 0, others_.back()->at(), pitch};
  }
}

double Chain::of(double x, int64_t place, int64_t channel) const {
  size_t other = 0;
  for (int64_t i = 0; i < posts_.count; i++) {
    const clk_post& post = posts_.list[i];
    x = post.kind == CLK_ADD
            ? x + others_[other++]->initial()[static_cast<size_t>(place * post.pitch + channel)]
            : activated(post, x);
  }
  return x;
}

std::string Chain::text() const {
  std::string text;
  for (int64_t i = 0; i < posts_.count; i++) {
    const clk_post& post = posts_.list[i];
    text += (i == 0 ? "" : "+") + std::to_string(post.kind) +
            (post.kind == CLK_ADD ? "p" + std::to_string(post.pitch) : "");
  }
  return text.empty() ? "none" : text;
}

clk_map draw_map(Random& random, int64_t n, int64_t d, int64_t h, int64_t w, int64_t c) {
  int64_t gap = random.one_in(2) ? 0 : random.one_in(2) ? 4 * random.of(1, 3) : random.of(1, 9);
  return {n, d, h, w, c, c + gap};
}

std::string text(const clk_map& m) {
  return "n" + std::to_string(m.n) + "d" + std::to_string(m.d) + "h" + std::to_string(m.h) + "w" +
         std::to_string(m.w) + "c" + std::to_string(m.c) + "p" + std::to_string(m.pitch);
}

}  // namespace trial
