/* Samples around a picture and what is kept of their gradients: clk_samples, clk_moments. */
#include <algorithm>

#include "strides.h"

namespace trial {
namespace {

uint64_t mixed(uint64_t z) {
  uint64_t a = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  uint64_t b = (a ^ (a >> 27)) * 0x94d049bb133111ebull;
  return b ^ (b >> 31);
}

double uniform(uint64_t key, uint64_t counter) {
  uint64_t bits = mixed(key + counter * 0x9e3779b97f4a7c15ull) >> 11;
  return static_cast<double>(bits + 1) / 9007199254740992.0;
}

/** By the library's logarithm and cosine. */
double normal(uint64_t key, int64_t sample, int64_t element) {
  uint64_t counter = (static_cast<uint64_t>(sample) << 36) + static_cast<uint64_t>(element);
  return std::sqrt(-2 * std::log(uniform(key, 2 * counter))) *
         std::cos(2 * M_PI * uniform(key, 2 * counter + 1));
}

/** A batch of a run: samples `first` on, laid out with gaps between them. */
struct Batch {
  explicit Batch(Random& random)
      : dims(draw_extents(random)),
        layout(draw_layout(random, dims)),
        first(random.of(0, 5)),
        count(random.of(1, 4)),
        step(layout.length + random.of(0, 5)) {}

  int64_t length() const { return count * step; }
  size_t at(int64_t row, int64_t element) const {
    return static_cast<size_t>(row * step) + offset_of(index_of(dims, element), layout.strides);
  }
  std::string text() const {
    return Name()
        .with("dims", trial::text(dims))
        .with("strides", trial::text(layout.strides))
        .with("first", first)
        .with("count", count)
        .text();
  }

  Extents dims;
  Layout layout;
  int64_t first;
  int64_t count;
  int64_t step;
};

/** A number a sample, from the very first. */
std::vector<double> draw_numbers(Random& random, const Batch& batch) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < batch.first + batch.count; i++) {
    numbers.push_back(static_cast<double>(random.of(0, 64)) / 64);
  }
  return numbers;
}

void samples(Random& random, std::string& name) {
  Batch batch(random);
  bool noisy = random.one_in(2);
  Floats picture(random.values(elements(batch.dims)));
  Floats baseline(random.values(elements(batch.dims)));
  Floats dst(random.values(batch.length()));
  Array<double> places(draw_numbers(random, batch));
  clk_samples_args args = {};
  args.picture = picture.at();
  args.baseline = noisy ? nullptr : baseline.at();
  args.places = noisy ? nullptr : places.at();
  args.dst = dst.at();
  args.key = random.of(-1000000, 1000000);
  args.sigma = 0.25;
  args.first = batch.first;
  args.count = batch.count;
  args.step_dst = batch.step;
  args.axes = static_cast<int64_t>(batch.dims.size());
  assign(args.dims, batch.dims);
  assign(args.stride_dst, batch.layout.strides);
  name = batch.text() + Name().with("noisy", noisy).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t row = 0; row < batch.count; row++) {
    int64_t sample = batch.first + row;
    for (int64_t i = 0; i < elements(batch.dims); i++) {
      double x = picture.initial()[static_cast<size_t>(i)];
      double b = baseline.initial()[static_cast<size_t>(i)];
      double place = places.initial()[static_cast<size_t>(sample)];
      expected[batch.at(row, i)] =
          noisy ? x + args.sigma * normal(static_cast<uint64_t>(args.key), sample, i)
                : b + place * (x - b);
    }
  }
  run({name, [&](void* stream) { return clk_samples(&args, stream); }, &dst, expected, 1e-6});
}

/** Two batches one after the other: what was kept of the first goes on. */
void moments(Random& random, std::string& name) {
  Batch batch(random);
  bool weighted = random.one_in(2);
  batch.first = 0;
  int64_t each = elements(batch.dims);
  int64_t more = random.of(1, batch.count);
  Floats src(random.values(batch.length()));
  Floats dst(random.values(2 * each));
  Array<double> state(std::vector<double>(static_cast<size_t>(2 * each), NAN));
  batch.first = more;  // for as many numbers as both batches need
  Array<double> weights(draw_numbers(random, batch));
  clk_moments_args args = {};
  args.src = src.at();
  args.weights = weighted ? weights.at() : nullptr;
  args.state = state.at();
  args.dst = dst.at();
  args.step_src = batch.step;
  args.axes = static_cast<int64_t>(batch.dims.size());
  assign(args.dims, batch.dims);
  assign(args.stride_src, batch.layout.strides);
  name = batch.text() + Name().with("weighted", weighted).text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < each; i++) {
    std::vector<double> taken;
    double sum = 0;
    for (int64_t row = 0; row < more + batch.count; row++) {
      double v = src.initial()[batch.at(row < more ? row : row - more, i)];
      taken.push_back(v);
      sum += weighted ? weights.initial()[static_cast<size_t>(row)] * v : v;
    }
    double count = static_cast<double>(taken.size());
    double squares = 0;
    for (double v : taken) {
      squares += (v - sum / count) * (v - sum / count);
    }
    expected[static_cast<size_t>(i)] = weighted ? sum : sum / count;
    if (!weighted) {
      expected[static_cast<size_t>(each + i)] = squares / count;
    }
  }
  auto both = [&](void* stream) {
    args.first = 0;
    args.count = more;
    int status = clk_moments(&args, stream);
    args.first = more;
    args.count = batch.count;
    return status != 0 ? status : clk_moments(&args, stream);
  };
  run({name, both, &dst, expected});
}

}  // namespace

std::vector<Kind> sampling_kinds() { return {{"samples", 60, samples}, {"moments", 60, moments}}; }

}  // namespace trial
