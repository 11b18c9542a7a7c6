#include "gemm.h"

#include <algorithm>
#include <vector>

namespace convlens::emulator {
namespace {

// Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication". 6 x 16 sums fill AVX2's registers.
constexpr size_t kRows = 6;
constexpr size_t kColumns = 16;
constexpr size_t kRowBlock = 16 * kRows;
constexpr size_t kColumnBlock = 16 * kColumns;
constexpr size_t kDepth = 384;

typedef float Vector __attribute__((vector_size(32), aligned(4)));

// sums[6][16] += left[depth][6] * right[depth][16].
void micro(size_t depth, const float* left, const float* right, float* sums, size_t stride) {
  Vector low[kRows], high[kRows];
  for (size_t i = 0; i < kRows; i++) {
    low[i] = *reinterpret_cast<const Vector*>(sums + i * stride);
    high[i] = *reinterpret_cast<const Vector*>(sums + i * stride + 8);
  }
  for (size_t p = 0; p < depth; p++) {
    const Vector b0 = *reinterpret_cast<const Vector*>(right + p * kColumns);
    const Vector b1 = *reinterpret_cast<const Vector*>(right + p * kColumns + 8);
#pragma GCC unroll 6
    for (size_t i = 0; i < kRows; i++) {
      const float a = left[p * kRows + i];
      low[i] += a * b0;
      high[i] += a * b1;
    }
  }
  for (size_t i = 0; i < kRows; i++) {
    *reinterpret_cast<Vector*>(sums + i * stride) = low[i];
    *reinterpret_cast<Vector*>(sums + i * stride + 8) = high[i];
  }
}

// Panels of `width` lines each, short ones filled up with zeros.
void pack_panels(const Lines& lines, size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) {
  for (size_t line = 0; line < count; line += width) {
    const size_t some = std::min(width, count - line);
    if (some < width) std::fill(to, to + ks * width, 0.0f);
    lines.pack(first + line, some, k, ks, width, to);
    to += ks * width;
  }
}

size_t up(size_t value, size_t to) { return (value + to - 1) / to * to; }

}  // namespace

void StridedLines::pack(size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) const {
  if (line_stride_ == 1) {
    for (size_t i = 0; i < ks; i++) {
      const float* from = begin_ + static_cast<ptrdiff_t>(first) + static_cast<ptrdiff_t>(k + i) * k_stride_;
      std::copy(from, from + count, to + i * width);
    }
    return;
  }
  for (size_t line = 0; line < count; line++) {
    const float* from =
        begin_ + static_cast<ptrdiff_t>(first + line) * line_stride_ + static_cast<ptrdiff_t>(k) * k_stride_;
    for (size_t i = 0; i < ks; i++) to[i * width + line] = from[static_cast<ptrdiff_t>(i) * k_stride_];
  }
}

void multiply(size_t rows, size_t columns, size_t k, const Lines& left, const Lines& right, const Sink& sink) {
  std::vector<float> left_panels(kRowBlock * kDepth);
  std::vector<float> right_panels(up(std::min(columns, kColumnBlock), kColumns) * k);
  std::vector<float> sums(kRowBlock * kColumnBlock);
  for (size_t column = 0; column < columns; column += kColumnBlock) {
    const size_t some_columns = std::min(kColumnBlock, columns - column);
    const size_t wide = up(some_columns, kColumns);
    for (size_t depth = 0; depth < k; depth += kDepth) {
      pack_panels(right, column, some_columns, depth, std::min(kDepth, k - depth), kColumns,
                  &right_panels[wide * depth]);
    }
    for (size_t row = 0; row < rows; row += kRowBlock) {
      const size_t some_rows = std::min(kRowBlock, rows - row);
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (size_t depth = 0; depth < k; depth += kDepth) {
        const size_t deep = std::min(kDepth, k - depth);
        pack_panels(left, row, some_rows, depth, deep, kRows, left_panels.data());
        for (size_t j = 0; j < wide; j += kColumns) {
          for (size_t i = 0; i < some_rows; i += kRows) {
            micro(deep, &left_panels[i * deep], &right_panels[wide * depth + j * deep], &sums[i * kColumnBlock + j],
                  kColumnBlock);
          }
        }
      }
      sink(row, some_rows, column, some_columns, sums.data(), kColumnBlock);
    }
  }
}

}  // namespace convlens::emulator
