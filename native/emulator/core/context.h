// A device's primary context: its streams and what is queued in them.
#pragma once

#include <memory>
#include <vector>

#include "operation.h"

namespace convlens::emulator {

class Context {
 public:
  explicit Context(int device) : device_(device) {
    null_stream_.context = this;
    per_thread_stream_.context = this;
  }

  int device() const { return device_; }
  bool active() const { return retained > 0; }

  // A handle's stream: CUDA's own handles for the null stream included. Null where there is none.
  Stream* stream(const void* handle);
  Stream* make_stream(bool blocking, int priority, uint64_t number);
  void destroy_stream(Stream* stream);

  // Queues, after what the stream's order and the null stream's ask for. Into its graph where the stream captures.
  OperationPtr enqueue(Stream& stream, OperationPtr operation);
  // What the stream's next operation comes after, apart from its own queue.
  std::vector<OperationPtr> barriers(const Stream& stream) const;

  std::vector<Stream*> streams();
  bool captures() const;
  size_t pending() const;
  // Forgets all streams and what is queued.
  void clear();

  int retained = 0;
  unsigned flags = 0;
  int sticky = 0;  // every call fails with it until the context is made anew

 private:
  int device_;
  Stream null_stream_;
  Stream per_thread_stream_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace convlens::emulator
