#include "context.h"

#include <algorithm>
#include <cstdint>

#include "graph.h"

namespace convlens::emulator {

Stream* Context::stream(const void* handle) {
  // CU_STREAM_LEGACY is 1 and CU_STREAM_PER_THREAD is 2; 0 is the legacy one here.
  if (reinterpret_cast<uintptr_t>(handle) <= 1) return &null_stream_;
  if (reinterpret_cast<uintptr_t>(handle) == 2) return &per_thread_stream_;
  for (auto& stream : streams_) {
    if (stream.get() == handle) return stream.get();
  }
  return nullptr;
}

Stream* Context::make_stream(bool blocking, int priority, uint64_t number) {
  auto stream = std::make_unique<Stream>();
  stream->context = this;
  stream->blocking = blocking;
  stream->priority = priority;
  stream->number = number;
  streams_.push_back(std::move(stream));
  return streams_.back().get();
}

void Context::destroy_stream(Stream* stream) {
  streams_.erase(std::find_if(streams_.begin(), streams_.end(), [stream](auto& s) { return s.get() == stream; }));
}

std::vector<OperationPtr> Context::barriers(const Stream& stream) const {
  std::vector<OperationPtr> result;
  const auto add = [&result](const Stream& other) {
    if (other.last != nullptr && !other.last->done) result.push_back(other.last);
  };
  if (&stream == &null_stream_) {
    add(per_thread_stream_);
    for (const auto& other : streams_) {
      if (other->blocking) add(*other);
    }
  } else if (stream.blocking) {
    add(null_stream_);
  }
  return result;
}

OperationPtr Context::enqueue(Stream& stream, OperationPtr operation) {
  if (stream.capturing != nullptr) {
    stream.capture_after = {stream.capturing->add(GraphNode{operation->name, operation->work, stream.capture_after})};
    return operation;
  }
  for (OperationPtr& barrier : barriers(stream)) operation->after.push_back(std::move(barrier));
  operation->stream = &stream;
  stream.queue.push_back(operation);
  stream.last = operation;
  return operation;
}

std::vector<Stream*> Context::streams() {
  std::vector<Stream*> all{&null_stream_, &per_thread_stream_};
  for (auto& stream : streams_) all.push_back(stream.get());
  return all;
}

bool Context::captures() const {
  return std::any_of(streams_.begin(), streams_.end(), [](auto& s) { return s->capturing != nullptr; });
}

size_t Context::pending() const {
  size_t count = null_stream_.queue.size() + per_thread_stream_.queue.size();
  for (const auto& stream : streams_) count += stream->queue.size();
  return count;
}

void Context::clear() {
  // Operations of other contexts may wait for these.
  for (Stream* stream : streams()) {
    for (OperationPtr& operation : stream->queue) operation->done = true;
    stream->queue.clear();
    stream->last = nullptr;
  }
  streams_.clear();
}

}  // namespace convlens::emulator
