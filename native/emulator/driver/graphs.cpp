// Stream capture, and graphs made by it.
#include <memory>
#include <vector>

#include "../core/graph.h"
#include "driver_types.h"

using namespace convlens::emulator;

namespace {

enum CaptureStatus { kNone = 0, kActive = 1, kInvalidated = 2 };

struct GraphHandle {
  std::shared_ptr<Graph> graph;
};

GraphHandle* graph_of(void* handle, const char* kind) {
  if (Emulator::get().handles().holds(handle, kind)) return static_cast<GraphHandle*>(handle);
  Emulator::get().reports().add(CONVLENS_EMULATOR_WRONG_USE,
                                std::string("a ") + kind + " that is destroyed or was never made");
  return nullptr;
}

void* hand_out(Call& call, const std::shared_ptr<Graph>& graph, const char* kind) {
  auto* handle = new GraphHandle{graph};
  Emulator::get().handles().add(handle, kind, call.context().device(), Emulator::get().call_number() - 1);
  return handle;
}

CUresult destroy(void* handle, const char* kind) {
  GraphHandle* found = graph_of(handle, kind);
  if (found == nullptr) return kInvalidValue;
  Emulator::get().handles().remove(handle);
  delete found;
  return kSuccess;
}

// Whether all nodes come before where the capture ends.
bool is_joined(const Graph& graph, const std::vector<size_t>& ends) {
  std::vector<bool> reached(graph.nodes.size(), false);
  for (size_t end : ends) reached[end] = true;
  for (size_t node = graph.nodes.size(); node-- > 0;) {
    if (!reached[node]) return false;
    for (size_t before : graph.nodes[node].after) reached[before] = true;
  }
  return true;
}

void stop_capture(Context& context, const std::shared_ptr<Graph>& graph) {
  for (Stream* stream : context.streams()) {
    if (stream->capturing != graph) continue;
    stream->capturing = nullptr;
    stream->capture_invalid = false;
    stream->capture_after.clear();
  }
}

CUresult instantiate(Call& call, void** exec, void* graph) {
  if (exec == nullptr) return kInvalidValue;
  GraphHandle* found = graph_of(graph, "graph");
  if (found == nullptr) return kInvalidValue;
  *exec = hand_out(call, std::make_shared<Graph>(*found->graph), "executable graph");
  return kSuccess;
}

CUresult capture_info(Call& call, void* stream, int* status, uint64_t* id) {
  Stream* found = stream_of(call, stream, "cuStreamGetCaptureInfo");
  if (found == nullptr) return kInvalidHandle;
  if (status == nullptr) return kInvalidValue;
  *status = found->capturing == nullptr ? kNone : found->capture_invalid ? kInvalidated : kActive;
  if (id != nullptr) *id = reinterpret_cast<uint64_t>(found->capturing.get());
  return kSuccess;
}

}  // namespace

CONVLENS_EXPORT CUresult cuStreamBeginCapture_v2(void* stream, int mode) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (reinterpret_cast<uintptr_t>(stream) <= 1) return kStreamCaptureUnsupported;
  if (mode < 0 || mode > 2) return kInvalidValue;
  if (found->capturing != nullptr) return kIllegalState;
  found->capturing = std::make_shared<Graph>();
  found->capture_origin = true;
  found->capture_invalid = false;
  found->capture_mode = mode;
  found->capture_after.clear();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuStreamEndCapture(void* stream, void** graph) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  Stream* found = stream_of(call, stream, __func__);
  if (found == nullptr) return kInvalidHandle;
  if (graph == nullptr) return kInvalidValue;
  *graph = nullptr;
  if (found->capturing == nullptr) return kIllegalState;
  if (!found->capture_origin) return kStreamCaptureUnmatched;
  const std::shared_ptr<Graph> captured = found->capturing;
  bool invalid = false;
  for (Stream* other : call.context().streams()) invalid |= other->capturing == captured && other->capture_invalid;
  const bool joined = is_joined(*captured, found->capture_after);
  stop_capture(call.context(), captured);
  if (invalid) return kStreamCaptureInvalidated;
  if (!joined) return kStreamCaptureUnjoined;
  *graph = hand_out(call, captured, "graph");
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuStreamIsCapturing(void* stream, int* status) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return capture_info(call, stream, status, nullptr);
}

CONVLENS_EXPORT CUresult cuStreamGetCaptureInfo_v3(void* stream, int* status, uint64_t* id, void** graph,
                                                   const void** dependencies, const void** edges, size_t* count) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  if (graph != nullptr || dependencies != nullptr || edges != nullptr || count != nullptr) return kNotSupported;
  return capture_info(call, stream, status, id);
}

CONVLENS_EXPORT CUresult cuGraphInstantiateWithFlags(void** exec, void* graph, unsigned long long) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return instantiate(call, exec, graph);
}

CONVLENS_EXPORT CUresult cuGraphGetNodes(void* graph, void** nodes, size_t* count) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  GraphHandle* found = graph_of(graph, "graph");
  if (found == nullptr || count == nullptr) return kInvalidValue;
  if (nodes != nullptr) return kNotSupported;
  *count = found->graph->nodes.size();
  return kSuccess;
}

CONVLENS_EXPORT CUresult cuGraphUpload(void* exec, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return graph_of(exec, "executable graph") == nullptr || stream_of(call, stream, __func__) == nullptr ? kInvalidValue
                                                                                                       : kSuccess;
}

CONVLENS_EXPORT CUresult cuGraphLaunch(void* exec, void* stream) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  GraphHandle* found = graph_of(exec, "executable graph");
  if (found == nullptr) return kInvalidValue;
  Context* context = &call.context();
  return enqueue(call, stream, __func__, [context, graph = found->graph] {
    Emulator& emulator = Emulator::get();
    return run_graph(*graph, Random(emulator.random().next()),
                     [&](const GraphNode& node) { return emulator.run(*context, node.name, node.work); });
  });
}

CONVLENS_EXPORT CUresult cuGraphExecDestroy(void* exec) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return call.released(destroy(exec, "executable graph"));
}

CONVLENS_EXPORT CUresult cuGraphDestroy(void* graph) {
  CONVLENS_CALL(kDriver, kContext, CUresult);
  return call.released(destroy(graph, "graph"));
}
