#include "memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "poison.h"

namespace convlens::emulator {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kAlignment = 256;                // what cudaMalloc promises
constexpr size_t kRange = size_t{16} << 40;       // addresses, not memory
constexpr size_t kLeastRange = size_t{64} << 30;  // where the process may not have so many
constexpr size_t kLazy = size_t{32} << 20;        // from here on poison comes page by page, as it is touched
constexpr size_t kMostFreed = 20000;              // remembered, for reports

size_t up(size_t value, size_t to) { return (value + to - 1) / to * to; }

// A file of nothing but poison. Mapped privately it is poison that costs no memory until it is written.
int poison_file() {
  static const int file = [] {
    const int made = memfd_create("convlens-poison", MFD_CLOEXEC);
    std::vector<uint32_t> words(kLazy / sizeof(uint32_t), kUnwritten);
    if (made >= 0 && write(made, words.data(), kLazy) != static_cast<ssize_t>(kLazy)) return -1;
    return made;
  }();
  return file;
}

bool map_poisoned(char* begin, size_t bytes) {
  if (bytes < kLazy || poison_file() < 0) {
    if (mmap(begin, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) ==
        MAP_FAILED) {
      return false;
    }
    fill(begin, bytes, kUnwritten);
    return true;
  }
  for (size_t at = 0; at < bytes; at += kLazy) {
    if (mmap(begin + at, std::min(kLazy, bytes - at), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             poison_file(), 0) == MAP_FAILED) {
      return false;
    }
  }
  return true;
}

void map_nothing(char* begin, size_t bytes) {
  mmap(begin, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

}  // namespace

std::string Allocation::text() const {
  std::string where = device == kHost ? "pinned memory" : "device " + std::to_string(device);
  return "allocation " + std::to_string(number) + (name.empty() ? "" : " '" + name + "'") + " of " +
         std::to_string(bytes) + " bytes, " + where + ", made by call " + std::to_string(made_by) +
         (freed ? ", freed by call " + std::to_string(freed_by) : "");
}

Memory::~Memory() {
  if (range_ != nullptr) munmap(range_, range_bytes_);
}

bool Memory::reserve() {
  for (size_t bytes = kRange; range_ == nullptr && bytes >= kLeastRange; bytes /= 2) {
    void* got = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) continue;
    range_ = next_ = static_cast<char*>(got);
    range_bytes_ = bytes;
  }
  return range_ != nullptr;
}

// The next free stretch; from the range's start again when its end is reached, forgetting what was freed there.
char* Memory::place(size_t bytes) {
  for (int rounds = 0; rounds < 2; rounds++) {
    while (next_ + bytes <= range_ + range_bytes_) {
      const auto after = live_.lower_bound(next_);
      if (after == live_.end() || after->first >= next_ + bytes) {
        freed_.erase(freed_.lower_bound(next_), freed_.lower_bound(next_ + bytes));
        return next_;
      }
      next_ = after->second.pages + after->second.page_bytes + kPage;
    }
    next_ = range_;
  }
  return nullptr;
}

char* Memory::allocate(int device, size_t bytes, uint64_t call, const std::string& name) {
  if (range_ == nullptr && !reserve()) return nullptr;
  const size_t page_bytes = up(up(bytes, kAlignment), kPage);
  char* stretch = place(page_bytes + 2 * kPage);
  if (stretch == nullptr) return nullptr;
  char* pages = stretch + kPage;
  if (!map_poisoned(pages, page_bytes)) {
    map_nothing(pages, page_bytes);
    return nullptr;
  }
  next_ = pages + page_bytes;
  char* data = pages + page_bytes - up(bytes, kAlignment);
  fill(pages, static_cast<size_t>(data - pages), kFence);
  fill(data + bytes, static_cast<size_t>(pages + page_bytes - data) - bytes, kFence);
  const Allocation allocation{pages, page_bytes, data, bytes, device, ++numbers_, call, name};
  live_[pages] = allocation;
  live_bytes_[device] += static_cast<int64_t>(bytes);
  peak_bytes_[device] = std::max(peak_bytes_[device], live_bytes_[device]);
  if (device != kHost && protects_) mprotect(pages, page_bytes, PROT_NONE);
  return data;
}

void Memory::open(Allocation& allocation) {
  if (allocation.open || allocation.device == kHost) return;
  if (protects_) mprotect(allocation.pages, allocation.page_bytes, PROT_READ | PROT_WRITE);
  allocation.open = true;
  opened_.push_back(allocation.pages);
}

bool Memory::reach(const void* address, int device) {
  const auto* at = static_cast<const char*>(address);
  auto after = live_.upper_bound(const_cast<char*>(at));
  if (after == live_.begin()) return false;
  Allocation& found = std::prev(after)->second;
  if (at >= found.pages + found.page_bytes || found.device != device || found.open) return false;
  open(found);
  return true;
}

void Memory::release(std::map<char*, Allocation>::iterator allocation, uint64_t call) {
  Allocation gone = allocation->second;
  live_.erase(allocation);
  live_bytes_[gone.device] -= static_cast<int64_t>(gone.bytes);
  gone.freed = true;
  gone.freed_by = call;
  map_nothing(gone.pages, gone.page_bytes);
  freed_[gone.pages] = gone;
  // Addresses go upwards, so that the first is the oldest as long as the range has not been used up.
  if (freed_.size() > kMostFreed) freed_.erase(freed_.begin());
}

bool Memory::free(void* data, bool host, uint64_t call) {
  Allocation* found = find(data);
  if (found == nullptr || found->data != data || (found->device == kHost) != host || found->freed) {
    reports_.add(CONVLENS_EMULATOR_BAD_FREE,
                 found == nullptr ? "an address that no allocation holds"
                                  : (found->freed ? "a second time: " : "not what was allocated: ") + found->text());
    return false;
  }
  open(*found);
  check_fences(*found);
  release(live_.find(found->pages), call);
  return true;
}

void Memory::free_device(int device, uint64_t call) {
  for (auto it = live_.begin(); it != live_.end();) {
    const auto allocation = it++;
    if (allocation->second.device == device) release(allocation, call);
  }
}

Allocation* Memory::find(const void* address) {
  char* at = static_cast<char*>(const_cast<void*>(address));
  // The allocation's own pages first, then the pages without access after and before it.
  for (const size_t slack : {size_t{0}, kPage}) {
    for (auto* side : {&live_, &freed_}) {
      const auto after = side->upper_bound(at + slack);
      if (after == side->begin()) continue;
      Allocation& last = std::prev(after)->second;
      if (at + slack >= last.pages && at < last.pages + last.page_bytes + slack) return &last;
    }
  }
  return nullptr;
}

bool Memory::check(const void* begin, size_t bytes, int device, const char* user) {
  if (bytes == 0) return true;
  Allocation* found = find(begin);
  const auto* at = static_cast<const char*>(begin);
  if (found == nullptr) {
    reports_.add(CONVLENS_EMULATOR_OUT_OF_BOUNDS,
                 std::string(user) + " touches " + std::to_string(bytes) + " bytes that no allocation holds");
    return false;
  }
  const std::string touch = std::string(user) + " touches bytes " + std::to_string(at - found->data) + " to " +
                            std::to_string(at - found->data + static_cast<int64_t>(bytes)) + " of " + found->text();
  if (found->freed) {
    reports_.add(CONVLENS_EMULATOR_USE_AFTER_FREE, touch);
    return false;
  }
  if (at < found->data || at + bytes > found->data + found->bytes) {
    reports_.add(CONVLENS_EMULATOR_OUT_OF_BOUNDS, touch);
    return false;
  }
  if (found->device != kHost && found->device != device) {
    reports_.add(CONVLENS_EMULATOR_WRONG_DEVICE, touch + ", on device " + std::to_string(device));
    return false;
  }
  open(*found);
  return true;
}

void Memory::close() {
  for (char* pages : opened_) {
    const auto found = live_.find(pages);
    if (found == live_.end()) continue;  // freed meanwhile
    check_fences(found->second);
    if (protects_) mprotect(pages, found->second.page_bytes, PROT_NONE);
    found->second.open = false;
  }
  opened_.clear();
}

void Memory::set_protects(bool protects) {
  protects_ = protects;
  for (auto& [pages, allocation] : live_) {
    if (allocation.device != kHost) {
      mprotect(pages, allocation.page_bytes, protects ? PROT_NONE : PROT_READ | PROT_WRITE);
    }
  }
}

void Memory::check_fences() {
  for (auto& [pages, allocation] : live_) {
    open(allocation);
    if (allocation.device == kHost) check_fences(allocation);
  }
  close();
}

void Memory::check_fences(const Allocation& allocation) {
  char* end = allocation.data + allocation.bytes;
  const size_t before = static_cast<size_t>(allocation.data - allocation.pages);
  const size_t after = static_cast<size_t>(allocation.pages + allocation.page_bytes - end);
  const unsigned char* broken = differing(allocation.pages, before, kFence);
  if (broken == nullptr) broken = differing(end, after, kFence);
  if (broken == nullptr) return;
  const int64_t at = reinterpret_cast<const char*>(broken) - allocation.data;
  reports_.add(CONVLENS_EMULATOR_OUT_OF_BOUNDS,
               "byte " + std::to_string(at) + " was written beside " + allocation.text());
  fill(allocation.pages, before, kFence);
  fill(end, after, kFence);
}

void Memory::each_live(const std::function<void(const Allocation&)>& visit) const {
  for (const auto& [pages, allocation] : live_) visit(allocation);
}

int64_t Memory::live_bytes(int device) const {
  const auto found = live_bytes_.find(device);
  return found == live_bytes_.end() ? 0 : found->second;
}

int64_t Memory::peak_bytes(int device) const {
  const auto found = peak_bytes_.find(device);
  return found == peak_bytes_.end() ? 0 : found->second;
}

}  // namespace convlens::emulator
