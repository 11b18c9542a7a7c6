#include "emulator.h"

#include <algorithm>

namespace convlens::emulator {
namespace {

// How eager a machine is, where the seed decides: never before something waits, now and then, often, at once.
constexpr double kEagerness[] = {0, 0.1, 0.5, 1};
// How often, while something is waited for, work that it does not need runs first.
constexpr double kWander = 0.3;

}  // namespace

Emulator& Emulator::get() {
  static Emulator* const emulator = new Emulator();
  return *emulator;
}

Emulator::Emulator() { reset(); }

void Emulator::reset() {
  set_devices(0);
  settings_ = settings_from_environment();
  reports_.clear();
  reports_.set_quiet(settings_.quiet);
  calls_.clear_counts();
  calls_.clear_faults();
  calls_.fail(settings_.faults);
  memory_.reset_peaks();
  memory_.set_protects(settings_.protects);
  fail_allocations_from = -1;
  set_devices(settings_.devices.size());
  set_seed(settings_.seed);
  if (settings_.eagerness >= 0) set_eagerness(settings_.eagerness);
}

void Emulator::set_seed(uint64_t seed) {
  settings_.seed = seed;
  random_ = Random(seed);
  set_eagerness(-1);
}

void Emulator::set_eagerness(double eagerness) {
  eagerness_ = eagerness >= 0 ? eagerness : kEagerness[random_.below(std::size(kEagerness))];
}

void Emulator::set_devices(size_t count) {
  const DeviceSettings like = settings_.devices.empty() ? DeviceSettings{int64_t{8} << 30, 9, 0} : settings_.devices[0];
  settings_.devices.resize(std::max(count, settings_.devices.size()), like);
  for (size_t gone = count; gone < visible_; gone++) destroy(devices_[gone]->context, false);
  while (devices_.size() < count) devices_.push_back(std::make_unique<Device>(static_cast<int>(devices_.size())));
  for (size_t fresh = visible_; fresh < count; fresh++) {
    devices_[fresh]->settings = settings_.devices[fresh];
    devices_[fresh]->lost = 0;
    devices_[fresh]->lost_after = -1;
  }
  visible_ = count;
}

Device* Emulator::device(int number) {
  return number >= 0 && static_cast<size_t>(number) < visible_ ? devices_[static_cast<size_t>(number)].get() : nullptr;
}

int Emulator::run(Context& context, const std::string& name, const std::function<int()>& work) {
  if (context.sticky != 0) return context.sticky;
  running_name_ = name;
  running_device_ = context.device();
  running_thread_ = std::this_thread::get_id();
  const int code = work();
  running_thread_ = std::thread::id();
  if (code != 0 && context.sticky == 0) context.sticky = code;
  return code;
}

void Emulator::execute(OperationPtr operation) {
  operation->stream->queue.pop_front();
  run(*operation->stream->context, operation->name, operation->work);
  operation->when = std::chrono::steady_clock::now();
  operation->done = true;
  operation->after.clear();
  operation->work = nullptr;
}

bool Emulator::is_ready(const Stream& stream) const {
  if (stream.queue.empty()) return false;
  const auto& after = stream.queue.front()->after;
  return std::all_of(after.begin(), after.end(), [](const OperationPtr& operation) { return operation->done; });
}

bool Emulator::run_any() {
  std::vector<Stream*> ready;
  for (auto& device : devices_) {
    for (Stream* stream : device->context.streams()) {
      if (is_ready(*stream)) ready.push_back(stream);
    }
  }
  if (ready.empty()) return false;
  execute(ready[random_.below(ready.size())]->queue.front());
  return true;
}

void Emulator::complete(const OperationPtr& operation) {
  waited_ = true;
  while (operation != nullptr && !operation->done) {
    if (random_.chance(kWander) && run_any()) continue;
    // Back from the operation to something that nothing unfinished comes before. What is waited for was queued earlier,
    // so that this ends.
    OperationPtr next = operation;
    for (;;) {
      next = next->stream->queue.front();
      const auto blocker =
          std::find_if(next->after.begin(), next->after.end(), [](auto& before) { return !before->done; });
      if (blocker == next->after.end()) break;
      next = *blocker;
    }
    execute(next);
  }
}

void Emulator::complete(Stream& stream) {
  // The null stream's work waits for others' even where none is queued in itself.
  for (const OperationPtr& barrier : stream.context->barriers(stream)) complete(barrier);
  complete(OperationPtr(stream.last));
}

void Emulator::complete(Context& context) {
  waited_ = true;
  while (context.pending() > 0) {
    std::vector<Stream*> waiting;
    for (Stream* stream : context.streams()) {
      if (!stream->queue.empty()) waiting.push_back(stream);
    }
    complete(OperationPtr(waiting[random_.below(waiting.size())]->last));
  }
}

void Emulator::end_call() {
  while (random_.chance(eagerness_) && run_any()) {
  }
  // The host looks at memory after it has waited. Memory that is out of reach costs time for each page.
  if (waited_) memory_.close();
  waited_ = false;
}

bool Emulator::is_idle() const {
  return std::all_of(devices_.begin(), devices_.end(), [](auto& device) { return device->context.pending() == 0; });
}

bool Emulator::is_source(const void* begin, size_t bytes) {
  const auto* first = static_cast<const char*>(begin);
  for (auto& device : devices_) {
    for (Stream* stream : device->context.streams()) {
      for (const OperationPtr& operation : stream->queue) {
        const auto* source = static_cast<const char*>(operation->host_source);
        if (source != nullptr && source < first + bytes && first < source + operation->host_bytes) return true;
      }
    }
  }
  return false;
}

void Emulator::destroy(Context& context, bool leaks_count) {
  context.clear();
  const std::vector<Entry> handles = handles_.take(context.device());
  if (leaks_count) {
    memory_.each_live([&](const Allocation& allocation) {
      if (allocation.device == context.device()) reports_.add(CONVLENS_EMULATOR_LEAK, allocation.text());
    });
    for (const Entry& handle : handles) reports_.add(CONVLENS_EMULATOR_LEAK, handle.text());
  }
  memory_.free_device(context.device(), call_number());
  context.retained = 0;
  context.sticky = 0;
}

std::string& next_name() {
  static thread_local std::string name;
  return name;
}

}  // namespace convlens::emulator
