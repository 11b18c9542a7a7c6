package io.convlens.network;

import io.convlens.graph.Graph;
import io.convlens.graph.Value;

/**
 * A network's graph with a value that holds the scores themselves, for who wants their gradient.
 *
 * @param graph the network's, with a node or none more
 * @param scores a row of scores a picture
 */
public record ScoredGraph(Graph graph, Value scores) {}
