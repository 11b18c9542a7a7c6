/* What t-SNE is made of: clk_neighbours, clk_repulsion, clk_attraction, clk_descent. */
#include <algorithm>

#include "reference.h"

namespace trial {
namespace {

/** Whole numbers, so that distances are exact, many are equal, and points coincide. */
std::vector<float> whole(Random& random, int64_t count, int64_t most) {
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) {
    v = static_cast<float>(random.of(-most, most));
  }
  return values;
}

void neighbours(Random& random, std::string& name) {
  clk_neighbours_args args = {};
  args.points = random.one_in(4) ? random.of(200, 600) : random.of(2, 80);
  args.dimensions = random.one_in(3) ? random.of(17, 40) : random.of(1, 6);
  args.first = random.of(0, args.points - 1);
  args.rows = random.of(1, std::min<int64_t>(args.points - args.first, 70));
  args.k = random.one_in(4) ? args.points - 1 : random.of(1, args.points - 1);
  Floats src(whole(random, args.dimensions * args.points, random.one_in(2) ? 3 : 300));
  Floats scratch(random.values(args.rows * args.points));
  Floats dst(random.values(args.rows * 2 * args.k));
  args.src = src.at();
  args.scratch = scratch.at();
  args.dst = dst.at();
  name = Name()
             .with("points", args.points)
             .with("dimensions", args.dimensions)
             .with("first", args.first)
             .with("rows", args.rows)
             .with("k", args.k)
             .text();
  auto coordinate = [&](int64_t d, int64_t point) -> double {
    return src.initial()[static_cast<size_t>(d * args.points + point)];
  };
  std::vector<double> expected;
  for (int64_t row = 0; row < args.rows; row++) {
    int64_t own = args.first + row;
    std::vector<std::pair<double, int64_t>> others;
    for (int64_t j = 0; j < args.points; j++) {
      double square = 0;
      for (int64_t d = 0; d < args.dimensions; d++) {
        square += std::pow(coordinate(d, j) - coordinate(d, own), 2);
      }
      if (j != own) {
        others.push_back({square, j});
      }
    }
    std::sort(others.begin(), others.end());
    others.resize(static_cast<size_t>(args.k));
    std::sort(others.begin(), others.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& other : others) {
      expected.push_back(other.first);
    }
    for (const auto& other : others) {
      expected.push_back(static_cast<double>(other.second));
    }
  }
  run({name, [&](void* stream) { return clk_neighbours(&args, stream); }, &dst, expected, 0});
}

/** Now and then so many that they are several tiles. */
int64_t draw_points(Random& random) {
  return random.one_in(4) ? random.of(250, 700) : random.of(1, 70);
}

/** Some of them coincide. */
std::vector<float> draw_plane(Random& random, int64_t points) {
  std::vector<float> plane = random.values(2 * points, random.one_in(2) ? 1 : 30);
  for (int64_t i = 1; i < points; i++) {
    if (random.one_in(8)) {
      plane[static_cast<size_t>(i)] = plane[0];
      plane[static_cast<size_t>(points + i)] = plane[static_cast<size_t>(points)];
    }
  }
  return plane;
}

void repulsion(Random& random, std::string& name) {
  int64_t points = draw_points(random);
  Floats src(draw_plane(random, points));
  Floats dst(random.values(3 * points));
  clk_repulsion_args args = {src.at(), dst.at(), points};
  name = Name().with("points", points).text();
  auto n = static_cast<size_t>(points);
  const std::vector<float>& at = src.initial();
  std::vector<double> expected(3 * n, 0);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      double dx = static_cast<double>(at[i]) - at[j];
      double dy = static_cast<double>(at[n + i]) - at[n + j];
      double q = i == j ? 0 : 1 / (1 + dx * dx + dy * dy);
      expected[i] += q * q * dx;
      expected[n + i] += q * q * dy;
      expected[2 * n + i] += q;
    }
  }
  run({name, [&](void* stream) { return clk_repulsion(&args, stream); }, &dst, expected, 2e-6});
}

void attraction(Random& random, std::string& name) {
  int64_t points = draw_points(random);
  auto n = static_cast<size_t>(points);
  std::vector<int32_t> starts = {0};
  std::vector<int32_t> others;
  for (size_t i = 0; i < n; i++) {
    int64_t count = random.one_in(5) ? 0 : random.of(0, random.one_in(5) ? 150 : 10);
    for (int64_t e = 0; e < count; e++) {
      others.push_back(static_cast<int32_t>(random.of(0, points - 1)));
    }
    starts.push_back(static_cast<int32_t>(others.size()));
  }
  std::vector<float> values = random.values(static_cast<int64_t>(others.size()));
  for (float& v : values) {
    v = std::fabs(v);
  }
  Floats src(draw_plane(random, points));
  Floats dst(random.values(2 * points));
  Ints starts_there(starts);
  Ints others_there(others);
  Floats values_there(values);
  clk_attraction_args args = {src.at(),          starts_there.at(), others_there.at(),
                              values_there.at(), dst.at(),          points};
  name = Name().with("points", points).with("pairs", others.size()).text();
  const std::vector<float>& at = src.initial();
  std::vector<double> expected(2 * n, 0);
  for (size_t i = 0; i < n; i++) {
    for (auto e = static_cast<size_t>(starts[i]); e < static_cast<size_t>(starts[i + 1]); e++) {
      auto j = static_cast<size_t>(others[e]);
      double dx = static_cast<double>(at[j]) - at[i];
      double dy = static_cast<double>(at[n + j]) - at[n + i];
      double force = values[e] / (1 + dx * dx + dy * dy);
      expected[i] += force * dx;
      expected[n + i] += force * dy;
    }
  }
  run({name, [&](void* stream) { return clk_attraction(&args, stream); }, &dst, expected, 2e-6});
}

void descent(Random& random, std::string& name) {
  int64_t points = draw_points(random);
  auto n = static_cast<size_t>(points);
  bool in_place = random.one_in(2);
  Floats state(random.values(6 * points));
  Floats other(random.values(6 * points));
  const Floats& dst = in_place ? state : other;
  Floats attraction(random.values(2 * points));
  std::vector<float> sums = random.values(3 * points);
  for (size_t i = 2 * n; i < 3 * n; i++) {
    sums[i] = std::fabs(sums[i]) + 0.1f;
  }
  Floats repulsion(sums);
  Floats scratch(random.values((points + 255) / 256 * 6));
  clk_descent_args args = {};
  args.state = state.at();
  args.attraction = attraction.at();
  args.repulsion = repulsion.at();
  args.dst = dst.at();
  args.scratch = scratch.at();
  args.points = points;
  args.exaggeration = random.one_in(2) ? 12 : 1;
  args.momentum = 0.5;
  args.rate = 0.25;
  args.least_gain = 0.5;
  args.longest = 3;
  name = Name()
             .with("points", points)
             .with("exaggeration", args.exaggeration)
             .with("in-place", in_place)
             .text();
  double z = 0;
  for (size_t i = 2 * n; i < 3 * n; i++) {
    z += sums[i];
  }
  std::vector<double> expected(6 * n);
  double middle[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    double step[2];
    for (size_t axis = 0; axis < 2; axis++) {
      double force = args.exaggeration * attraction.initial()[axis * n + i] + sums[axis * n + i] / z;
      double last = state.initial()[(2 + axis) * n + i];
      double gain = state.initial()[(4 + axis) * n + i];
      gain = std::max(args.least_gain, (force > 0) == (last > 0) ? gain + 0.2 : gain * 0.8);
      step[axis] = args.momentum * last + args.rate * gain * force;
      expected[(4 + axis) * n + i] = gain;
    }
    double shorter = std::min(1.0, args.longest / std::hypot(step[0], step[1]));
    for (size_t axis = 0; axis < 2; axis++) {
      expected[(2 + axis) * n + i] = step[axis] * shorter;
      expected[axis * n + i] = state.initial()[axis * n + i] + step[axis] * shorter;
      middle[axis] += expected[axis * n + i];
    }
  }
  for (size_t i = 0; i < 2 * n; i++) {
    expected[i] -= middle[i / n] / static_cast<double>(n);
  }
  run({name, [&](void* stream) { return clk_descent(&args, stream); }, &dst, expected, 2e-6});
}

}  // namespace

std::vector<Kind> embedding_kinds() {
  return {{"neighbours", 60, neighbours},
          {"repulsion", 40, repulsion},
          {"attraction", 40, attraction},
          {"descent", 40, descent}};
}

}  // namespace trial
