#include "shared_memory.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include <new>

#include "poison.h"

namespace convlens::emulator {
namespace {

constexpr size_t kPiece = 256;
constexpr size_t kMostDynamic = size_t{256} << 10;  // above any GPU's
constexpr uint64_t kFirstBlocks = 4;
constexpr uint64_t kEvery = 64;

struct Storage {
  const char* anchor;
  char* begin;
  size_t bytes;
};

// Finds the thread-local storage, of the calling thread, that holds the anchor.
int holds_anchor(struct dl_phdr_info* info, size_t, void* data) {
  auto* wanted = static_cast<Storage*>(data);
  if (info->dlpi_tls_data == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_TLS) continue;
    auto* begin = static_cast<char*>(info->dlpi_tls_data);
    if (wanted->anchor < begin || wanted->anchor >= begin + info->dlpi_phdr[i].p_memsz) continue;
    // The initialised part is not shared memory: CUDA allows no initialisers there.
    wanted->begin = begin + info->dlpi_phdr[i].p_filesz;
    wanted->bytes = info->dlpi_phdr[i].p_memsz - info->dlpi_phdr[i].p_filesz;
    return 1;
  }
  return 0;
}

}  // namespace

char* dynamic_shared(size_t bytes) {
  static char* const end = [] {
    void* pages = mmap(nullptr, kMostDynamic + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    char* guard = static_cast<char*>(pages) + kMostDynamic;
    mprotect(guard, 4096, PROT_NONE);
    return guard;
  }();
  return end - (bytes + 15) / 16 * 16;
}

SharedMemory::SharedMemory(const void* anchor, size_t dynamic_bytes) : dynamic_bytes_(dynamic_bytes) {
  Storage storage{static_cast<const char*>(anchor), nullptr, 0};
  if (dl_iterate_phdr(holds_anchor, &storage) == 0) return;
  static_begin_ = storage.begin;
  static_bytes_ = storage.bytes;
  is_written_.assign(static_bytes_ / kPiece + 1, false);
  fill(static_begin_, static_bytes_, kUnwritten);
}

void SharedMemory::poison(uint64_t block) {
  if (block > 0 && (block <= kFirstBlocks || block % kEvery == 0)) find_written();
  for (const size_t at : written_) fill(static_begin_ + at, piece_at(at), kUnwritten);
  fill(dynamic_shared(dynamic_bytes_), dynamic_bytes_, kUnwritten);
}

size_t SharedMemory::piece_at(size_t at) const { return static_bytes_ - at < kPiece ? static_bytes_ - at : kPiece; }

void SharedMemory::find_written() {
  written_.clear();
  for (size_t at = 0; at < static_bytes_; at += kPiece) {
    const size_t piece = at / kPiece;
    if (!is_written_[piece]) is_written_[piece] = differing(static_begin_ + at, piece_at(at), kUnwritten) != nullptr;
    if (is_written_[piece]) written_.push_back(at);
  }
}

}  // namespace convlens::emulator
