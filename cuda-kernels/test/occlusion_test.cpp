/* The jobs of an occlusion sweep: clk_occlude, clk_scores and clk_strongest. */
#include "reference.h"

namespace trial {
namespace {

void occlude(Random& random, std::string& name) {
  clk_occlude_args args = {};
  args.h = random.of(1, 12);
  args.w = random.one_in(2) ? 4 * random.of(1, 4) : random.of(1, 14);
  args.c = random.of(1, 4);
  int64_t positions = random.of(1, 9);
  args.first = random.of(0, positions - 1);
  args.count = random.of(1, positions - args.first);
  std::vector<int32_t> numbers;
  for (int64_t i = 0; i < positions; i++) {  // over every edge, and empty ones
    int64_t top = random.of(-3, args.h);
    int64_t left = random.of(-3, args.w);
    for (int64_t side : {top, left, top + random.of(0, 6), left + random.of(0, 6)}) {
      numbers.push_back(static_cast<int32_t>(side));
    }
  }
  int64_t picture_length = args.h * args.w * args.c;
  Ints rectangles(numbers);
  Floats picture(random.values(picture_length), random.one_in(4) ? 1 : 0);
  Floats fill(random.values(args.c));
  Floats batch(random.values(args.count * picture_length));
  args.picture = picture.at();
  args.rectangles = rectangles.at();
  args.fill = fill.at();
  args.batch = batch.at();
  name = Name()
             .with("h", args.h)
             .with("w", args.w)
             .with("c", args.c)
             .with("first", args.first)
             .with("count", args.count)
             .text();
  std::vector<double> expected;
  for (int64_t i = 0; i < args.count * picture_length; i++) {
    const int32_t* r = &numbers[static_cast<size_t>((args.first + i / picture_length) * 4)];
    int64_t y = i / args.c / args.w % args.h;
    int64_t x = i / args.c % args.w;
    bool filled = y >= r[0] && y < r[2] && x >= r[1] && x < r[3];
    expected.push_back(filled ? fill.initial()[static_cast<size_t>(i % args.c)]
                              : picture.initial()[static_cast<size_t>(i % picture_length)]);
  }
  run({name, [&](void* stream) { return clk_occlude(&args, stream); }, &batch, expected, 0});
}

double score(const clk_scores_args& args, const float* row, int64_t target) {
  double sum = 0;
  for (int64_t j = 0; j < args.classes; j++) {
    sum += std::exp(static_cast<double>(row[j]));
  }
  switch (args.kind) {
    case CLK_SCORE_LOGIT:
      return row[target];
    case CLK_SCORE_PROBABILITY:
      return std::exp(static_cast<double>(row[target])) / sum;
    default:
      return row[target] - std::log(sum);
  }
}

void scores(Random& random, std::string& name) {
  clk_scores_args args = {};
  args.rows = random.of(1, 20);
  args.classes = random.one_in(4) ? 1000 : random.of(1, 80);
  args.pitch = args.classes + random.of(0, 3);
  bool all = random.one_in(2);
  args.count = all ? args.classes : random.of(1, 5);
  args.first = random.of(0, 3);
  args.dst_pitch = args.count + random.of(0, 2);
  args.kind = random.of(CLK_SCORE_LOGIT, CLK_SCORE_LOG_PROBABILITY);
  std::vector<int32_t> chosen;
  for (int64_t j = 0; j < args.count; j++) {
    chosen.push_back(static_cast<int32_t>(all ? j : random.of(0, args.classes - 1)));
  }
  Ints targets(chosen);
  Floats logits(random.values(args.rows * args.pitch, 3));
  Floats dst(random.values((args.first + args.rows) * args.dst_pitch));
  args.logits = logits.at();
  args.targets = all ? nullptr : targets.at();
  args.dst = dst.at();
  name = Name()
             .with("rows", args.rows)
             .with("classes", args.classes)
             .with("count", args.count)
             .with("first", args.first)
             .with("kind", args.kind)
             .text();
  std::vector<double> expected = doubles(dst.initial());
  for (int64_t i = 0; i < args.rows * args.count; i++) {
    int64_t row = i / args.count;
    int64_t j = i % args.count;
    expected[static_cast<size_t>((args.first + row) * args.dst_pitch + j)] =
        score(args, &logits.initial()[static_cast<size_t>(row * args.pitch)],
              chosen[static_cast<size_t>(j)]);
  }
  run({name, [&](void* stream) { return clk_scores(&args, stream); }, &dst, expected});
}

void expect_number(const Ints& place, int32_t expected, const char* what) {
  int32_t actual = place.read().front();
  if (actual != expected) {
    throw Failure{std::string(what) + ": " + std::to_string(actual) + " instead of " +
                  std::to_string(expected)};
  }
}

/** One logit that is no finite number marks all, wherever it stands; padding doesn't count. */
void strange(Random& random, std::string& name) {
  clk_scores_args args = {};
  args.rows = random.of(1, 20);
  args.classes = random.of(1, 70);
  args.pitch = args.classes + 1;
  args.count = 1;
  args.dst_pitch = 1;
  std::vector<float> numbers = random.values(args.rows * args.pitch);
  bool marked = random.one_in(2);
  int64_t row = random.of(0, args.rows - 1);
  int64_t column = marked ? random.of(0, args.classes - 1) : args.classes;
  float what = random.one_in(2) ? NAN : random.one_in(2) ? INFINITY : -INFINITY;
  numbers[static_cast<size_t>(row * args.pitch + column)] = what;
  name = Name()
             .with("rows", args.rows)
             .with("classes", args.classes)
             .with("row", row)
             .with("column", column)
             .text();
  int32_t target = static_cast<int32_t>((column + 1) % args.classes);
  Ints targets({target});
  Ints mark({0});
  Floats logits(numbers);
  Floats dst(random.values(args.rows));
  args.logits = logits.at();
  args.targets = targets.at();
  args.dst = dst.at();
  args.strange = mark.at();
  std::vector<double> expected;
  for (int64_t i = 0; i < args.rows; i++) {
    expected.push_back(numbers[static_cast<size_t>(i * args.pitch + target)]);
  }
  run({name, [&](void* stream) { return clk_scores(&args, stream); }, &dst, expected});
  expect_number(mark, marked ? 1 : 0, "strange");
}

void strongest(Random& random, std::string& name) {
  int64_t classes = random.one_in(3) ? random.of(1, 3) : random.of(1, 200);
  std::vector<float> numbers;
  for (int64_t i = 0; i < classes; i++) {  // few values, so that there are equals
    numbers.push_back(random.one_in(6) ? NAN : static_cast<float>(random.of(-3, 3)));
  }
  if (random.one_in(8)) {
    numbers.assign(static_cast<size_t>(classes), random.one_in(2) ? NAN : -INFINITY);
  }
  int32_t best = 0;
  for (int32_t i = 1; i < classes; i++) {
    if (numbers[static_cast<size_t>(i)] > numbers[static_cast<size_t>(best)]) {
      best = i;
    }
  }
  name = Name().with("classes", classes).with("best", best).text();
  Floats row(numbers);
  Ints index({-1});
  clk_strongest_args args = {row.at(), index.at(), classes};
  check(static_cast<cudaError_t>(clk_strongest(&args, nullptr)), "clk_strongest");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  expect_number(index, best, "index");
}

/** A class that is not there has no score, and nobody's memory is read for it. */
void no_such_class(Random& random, std::string& name) {
  clk_scores_args args = {};
  args.rows = 1;
  args.classes = args.pitch = random.of(1, 40);
  args.count = args.dst_pitch = 2;
  args.kind = random.of(CLK_SCORE_LOGIT, CLK_SCORE_LOG_PROBABILITY);
  name = Name().with("classes", args.classes).text();
  Ints targets({-1, static_cast<int32_t>(args.classes)});
  Floats logits(random.values(args.classes));
  Floats dst({1, 2});
  args.logits = logits.at();
  args.targets = targets.at();
  args.dst = dst.at();
  run({name, [&](void* stream) { return clk_scores(&args, stream); }, &dst, {NAN, NAN}});
}

}  // namespace

std::vector<Kind> occlusion_kinds() {
  return {{"occlude", 80, occlude}, {"scores", 60, scores}, {"no-such-class", 3, no_such_class},
          {"strange", 40, strange},     {"strongest", 80, strongest}};
}

}  // namespace trial
