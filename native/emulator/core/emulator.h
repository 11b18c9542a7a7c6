// The whole state of the emulated machine, one a process, under one lock.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "calls.h"
#include "context.h"
#include "graph.h"
#include "handles.h"
#include "memory.h"
#include "random.h"
#include "reports.h"
#include "settings.h"

namespace convlens::emulator {

struct Device {
  DeviceSettings settings;
  Context context;
  int lost = 0;             // the code of all its calls once it is gone
  int lost_code = 0;        // what that will be
  int64_t lost_after = -1;  // calls until then; negative: never

  explicit Device(int number) : settings(), context(number) {}
};

class Emulator {
 public:
  // Never destroyed: the process may end while threads still call.
  static Emulator& get();

  void reset();
  void set_seed(uint64_t seed);
  void set_eagerness(double eagerness);
  void set_devices(size_t count);

  std::recursive_mutex& lock() { return lock_; }
  Settings& settings() { return settings_; }
  Reports& reports() { return reports_; }
  Calls& calls() { return calls_; }
  Memory& memory() { return memory_; }
  Handles& handles() { return handles_; }
  Random& random() { return random_; }
  // Null where there is no such device.
  Device* device(int number);
  size_t devices() const { return visible_; }
  uint64_t call_number() const { return static_cast<uint64_t>(calls_.total()); }

  // Runs queued work until the operation is done, with other work in between as the seed says.
  void complete(const OperationPtr& operation);
  void complete(Stream& stream);
  void complete(Context& context);
  // As a call returns: runs, at random, some of what could run now, and puts memory out of reach if the call waited.
  void end_call();
  // Ends a context: work, memory, streams and library handles go, and are leaks unless expected.
  void destroy(Context& context, bool leaks_count);
  // Whether nothing at all is queued.
  bool is_idle() const;
  // Whether queued work will read the pinned memory.
  bool is_source(const void* begin, size_t bytes);

  // For the handler of faults.
  std::string running_text() const { return running_name_; }
  int running_device() const { return running_device_; }
  bool runs_on_this_thread() const { return running_thread_ == std::this_thread::get_id(); }
  // Runs a piece of work as the device; its error is the context's from then on.
  int run(Context& context, const std::string& name, const std::function<int()>& work);

  bool initialised = false;
  int64_t fail_allocations_from = -1;

 private:
  Emulator();
  void execute(OperationPtr operation);
  bool is_ready(const Stream& stream) const;
  bool run_any();

  std::recursive_mutex lock_;
  Settings settings_;
  Reports reports_;
  Calls calls_;
  Memory memory_{reports_};
  Handles handles_;
  Random random_;
  double eagerness_ = 0;
  bool waited_ = false;
  // Devices that were ever visible: threads may still hold contexts of those that are not any more.
  std::vector<std::unique_ptr<Device>> devices_;
  size_t visible_ = 0;
  std::string running_name_;
  int running_device_ = 0;
  std::thread::id running_thread_;
};

// An allocation's name for this thread, set by convlens_emulator_name_next.
std::string& next_name();

}  // namespace convlens::emulator
