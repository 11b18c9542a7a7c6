// The shared memory of the block that runs, poisoned before each block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace convlens::emulator {

// Static shared memory lies in the thread-local storage of the kernel's library, where all kernels of that library have
// theirs. Filling all of it before each block would cost more than small blocks do, so that after the first blocks, and
// now and then, those pieces are sought that kernels wrote, and only they are filled.
class SharedMemory {
 public:
  SharedMemory(const void* anchor, size_t dynamic_bytes);
  void poison(uint64_t block);

 private:
  void find_written();
  size_t piece_at(size_t at) const;  // its size

  char* static_begin_ = nullptr;
  size_t static_bytes_ = 0;
  size_t dynamic_bytes_;
  std::vector<bool> is_written_;  // by piece
  std::vector<size_t> written_;   // where the pieces begin that are
};

// Where dynamic shared memory of so many bytes begins: it ends before a page without access.
char* dynamic_shared(size_t bytes);

}  // namespace convlens::emulator
