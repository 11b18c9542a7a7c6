#include "graph.h"

namespace convlens::emulator {

int run_graph(const Graph& graph, Random random, const std::function<int(const GraphNode&)>& run) {
  std::vector<size_t> waits(graph.nodes.size());
  std::vector<std::vector<size_t>> followers(graph.nodes.size());
  std::vector<size_t> ready;
  for (size_t node = 0; node < graph.nodes.size(); node++) {
    waits[node] = graph.nodes[node].after.size();
    for (size_t before : graph.nodes[node].after) followers[before].push_back(node);
    if (waits[node] == 0) ready.push_back(node);
  }
  while (!ready.empty()) {
    const size_t drawn = random.below(ready.size());
    const size_t node = ready[drawn];
    ready[drawn] = ready.back();
    ready.pop_back();
    if (const int code = run(graph.nodes[node])) return code;
    for (size_t follower : followers[node]) {
      if (--waits[follower] == 0) ready.push_back(follower);
    }
  }
  return 0;
}

}  // namespace convlens::emulator
