// Matrix products on the CPU, quick enough for whole networks in every test run: packed panels and a register block.
#pragma once

#include <cstddef>
#include <functional>

namespace convlens::emulator {

// Lines of numbers along k: rows of the left matrix, columns of the right one.
class Lines {
 public:
  virtual ~Lines() = default;
  // Writes numbers [k, k + ks) of lines [first, first + count) as to[i * width + line - first].
  virtual void pack(size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) const = 0;
};

// Lines of a matrix with any strides.
class StridedLines : public Lines {
 public:
  StridedLines(const float* begin, ptrdiff_t line_stride, ptrdiff_t k_stride)
      : begin_(begin), line_stride_(line_stride), k_stride_(k_stride) {}
  void pack(size_t first, size_t count, size_t k, size_t ks, size_t width, float* to) const override;

 private:
  const float* begin_;
  ptrdiff_t line_stride_;
  ptrdiff_t k_stride_;
};

// Takes sums of rows [row, row + rows) and columns [column, column + columns), row-major with so many floats a row.
using Sink =
    std::function<void(size_t row, size_t rows, size_t column, size_t columns, const float* sums, size_t stride)>;

// sums[i][j] = sum over k of left line i times right line j, in an order that depends on k alone.
void multiply(size_t rows, size_t columns, size_t k, const Lines& left, const Lines& right, const Sink& sink);

}  // namespace convlens::emulator
