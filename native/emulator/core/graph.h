// Graphs made by stream capture.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "random.h"

namespace convlens::emulator {

struct GraphNode {
  std::string name;
  std::function<int()> work;
  std::vector<size_t> after;  // earlier nodes
};

struct Graph {
  std::vector<GraphNode> nodes;

  size_t add(GraphNode node) {
    nodes.push_back(std::move(node));
    return nodes.size() - 1;
  }
};

// Runs the nodes in an order drawn at random among those that respect what comes after what; 0, or the first code.
int run_graph(const Graph& graph, Random random, const std::function<int(const GraphNode&)>& run);

}  // namespace convlens::emulator
