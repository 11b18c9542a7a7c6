// What is queued: operations, in streams, with what they must come after.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace convlens::emulator {

struct Stream;
class Context;

// A piece of device work. Does nothing until the scheduler runs it; 0, or the code of what went wrong.
struct Operation {
  std::string name;
  std::function<int()> work;
  std::vector<std::shared_ptr<Operation>> after;
  Stream* stream = nullptr;
  const void* host_source = nullptr;  // pinned memory it will read, with its size
  size_t host_bytes = 0;
  bool done = false;
  std::chrono::steady_clock::time_point when;
};

using OperationPtr = std::shared_ptr<Operation>;

struct Graph;

// A stream's queue. While it captures, what is queued goes into a graph instead.
struct Stream {
  Context* context = nullptr;
  bool blocking = true;  // waits for the null stream and is waited for by it
  int priority = 0;
  uint64_t number = 0;
  std::deque<OperationPtr> queue;
  OperationPtr last;  // queued last, whether or not it has run
  std::shared_ptr<Graph> capturing;
  bool capture_invalid = false;
  bool capture_origin = false;  // where the capture began
  int capture_mode = 0;
  std::vector<size_t> capture_after;  // nodes that the next node comes after
};

struct Event {
  Context* context = nullptr;
  bool timed = true;
  OperationPtr recorded;
  std::shared_ptr<Graph> captured;  // recorded within this capture
  std::vector<size_t> captured_after;
};

}  // namespace convlens::emulator
