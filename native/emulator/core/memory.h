// Device memory and pinned host memory: poisoned, fenced, tagged, and never at the same address twice for long.
//
// Each allocation has pages of its own in one reserved range of addresses:
//
//   no access | fence | data ...... | fence | no access
//
// The data ends as close to the last page's end as CUDA's alignment of 256 bytes allows. What lies between data and
// pages is filled with a pattern that is checked after everything that ran. Freed pages give no access until the whole
// range has been used up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "reports.h"

namespace convlens::emulator {

constexpr int kHost = -1;  // in place of a device: pinned host memory

struct Allocation {
  char* pages;
  size_t page_bytes;
  char* data;
  size_t bytes;
  int device;
  uint64_t number;   // counted over all allocations
  uint64_t made_by;  // index of the call
  std::string name;
  bool open = false;  // in reach of whoever touches it
  bool freed = false;
  uint64_t freed_by = 0;

  std::string text() const;
};

class Memory {
 public:
  explicit Memory(Reports& reports) : reports_(reports) {}
  ~Memory();

  // Null where the machine itself has no memory left.
  char* allocate(int device, size_t bytes, uint64_t call, const std::string& name);
  // Checks the fences. False, and a report, where no live allocation of that kind begins at data.
  bool free(void* data, bool host, uint64_t call);
  void free_device(int device, uint64_t call);

  // The allocation, live or freed, whose pages or fences hold the address; null outside of all.
  Allocation* find(const void* address);
  // Whether [begin, begin + bytes) lies in one live allocation that the device may touch, which is then put in reach;
  // reports where not.
  bool check(const void* begin, size_t bytes, int device, const char* user);
  // Puts the live allocation of that device that holds the address in reach. False where there is none, or it was.
  bool reach(const void* address, int device);
  // Puts all device memory out of the host's reach, and checks the fences of what had been in reach.
  void close();
  void set_protects(bool protects);

  void check_fences();
  void each_live(const std::function<void(const Allocation&)>& visit) const;
  void reset_peaks() { peak_bytes_ = live_bytes_; }
  int64_t live_bytes(int device) const;
  int64_t peak_bytes(int device) const;
  int64_t live_count() const { return static_cast<int64_t>(live_.size()); }
  bool holds(const void* address) const { return address >= range_ && address < range_ + range_bytes_; }

 private:
  char* place(size_t bytes);
  bool reserve();
  void check_fences(const Allocation& allocation);
  void release(std::map<char*, Allocation>::iterator allocation, uint64_t call);
  void open(Allocation& allocation);

  Reports& reports_;
  char* range_ = nullptr;
  size_t range_bytes_ = 0;
  char* next_ = nullptr;
  std::map<char*, Allocation> live_;  // by first page
  std::map<char*, Allocation> freed_;
  std::map<int, int64_t> live_bytes_;
  std::map<int, int64_t> peak_bytes_;
  std::vector<char*> opened_;  // first pages of what is in reach
  uint64_t numbers_ = 0;
  bool protects_ = true;
};

}  // namespace convlens::emulator
