package io.convlens.cli;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.ReceptiveField;
import io.convlens.graph.ReceptiveFields;
import io.convlens.network.Network;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What a network is made of. */
@Command(
    name = "inspect",
    description = "Lists the network's nodes: shapes, weights, multiply-adds, receptive fields.",
    footer = {
      "",
      "Writes model.json. Example:",
      "  convlens inspect --model net.onnx --size 320x480"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;

  @Mixin private SizeArgument size;
  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    output.check();
    var summary = new Summary("inspect");
    Voice voice = output.voice(spec);
    networkArguments.describe(summary.options());
    size.describe(summary.options());
    try (Network network = networkArguments.load(voice)) {
      Shape input = size.shape(network);
      Graph graph = network.sized(input).graph();
      describe(network, graph, input, summary);
      summary.write(output.folder().resolve("model.json"), network, voice);
      table(graph, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  private static void describe(Network network, Graph graph, Shape input, Summary summary) {
    Optional<ReceptiveFields> fields = Optional.empty();
    if (input.rank() == 4) {
      int heightAxis = network.pictureInput().channelAxis() == 1 ? 2 : 1;
      fields = Optional.of(ReceptiveFields.of(graph, heightAxis, heightAxis + 1));
    }
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (Layer layer : graph.layers()) {
      nodes.add(node(layer, fields));
    }
    summary.result("opset", network.model().opset());
    summary.result("input", graph.input().shape().dims());
    summary.result("nodes", nodes);
    Map<String, Object> totals = new LinkedHashMap<>();
    totals.put("parameters", graph.layers().stream().mapToLong(Layer::parameters).sum());
    totals.put("macs", graph.layers().stream().mapToLong(Layer::macs).sum());
    summary.result("totals", totals);
  }

  private static Map<String, Object> node(Layer layer, Optional<ReceptiveFields> fields) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("name", layer.name());
    node.put("op", layer.op());
    node.put("output", layer.output());
    node.put("shape", layer.shape().dims());
    node.put("parameters", layer.parameters());
    node.put("macs", layer.macs());
    node.put(
        "receptiveField",
        layer.value() == null
            ? null
            : fields.flatMap(f -> f.of(layer.value())).map(InspectCommand::field).orElse(null));
    return node;
  }

  private static Map<String, Object> field(ReceptiveField field) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("size", List.of(field.y().size(), field.x().size()));
    json.put("stride", List.of(number(field.y().stride()), number(field.x().stride())));
    json.put("offset", List.of(field.y().offset(), field.x().offset()));
    return json;
  }

  /** Whole numbers without a fraction. */
  private static Number number(double value) {
    if (value == Math.rint(value)) {
      return (long) value;
    }
    return value;
  }

  private static void table(Graph graph, Voice voice) {
    voice.say("%-40s %-20s %-18s %12s %14s".formatted("name", "op", "shape", "parameters", "macs"));
    for (Layer l : graph.layers()) {
      voice.say(
          "%-40s %-20s %-18s %,12d %,14d"
              .formatted(l.name(), l.op(), l.shape(), l.parameters(), l.macs()));
    }
    voice.say(
        "%-80s %,12d %,14d"
            .formatted(
                "total",
                graph.layers().stream().mapToLong(Layer::parameters).sum(),
                graph.layers().stream().mapToLong(Layer::macs).sum()));
  }
}
