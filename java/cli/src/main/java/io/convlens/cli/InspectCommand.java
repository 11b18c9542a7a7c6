package io.convlens.cli;

import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.ReceptiveField;
import io.convlens.graph.ReceptiveFields;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a network is made of. */
@Command(
    name = "inspect",
    description = "Lists the network's nodes: shapes, weights, multiply-adds, receptive fields.",
    sortOptions = false,
    usageHelpAutoWidth = true)
final class InspectCommand implements Callable<Integer> {
  /** What most classifiers take, for networks that leave their size open. */
  private static final int USUAL_SIDE = 224;

  private static final int COLORS = 3;

  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;

  @Option(
      names = "--size",
      paramLabel = "H[xW]",
      converter = Sides.Converter.class,
      description = "the picture's size, for networks that leave it open (default: 224)")
  private @Nullable Sides size;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    var summary = new Summary("inspect");
    Voice voice = output.voice(spec);
    networkArguments.describe(summary.options());
    summary.options().put("size", size == null ? null : size.toArray());
    try (Network network = networkArguments.load(voice)) {
      Shape input = inputShape(network);
      Graph graph = network.sized(input).graph();
      describe(network, graph, input, summary);
      summary.write(output.folder().resolve("model.json"), network, voice);
      table(graph, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  /** The input's extents, with usual ones where the file leaves them open. */
  private Shape inputShape(Network network) {
    List<OptionalInt> dims = network.model().input().dims();
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = i == 0 ? 1 : dims.get(i).orElse(0);
    }
    if (shape.length == 4) {
      int channelAxis = network.pictureInput().channelAxis();
      int heightAxis = channelAxis == 1 ? 2 : 1;
      shape[channelAxis] = shape[channelAxis] == 0 ? COLORS : shape[channelAxis];
      open(shape, heightAxis, heightAxis + 1);
    }
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == 0) {
        throw new UnusableInputException(network.file(), "leaves axis " + i + " of its input open");
      }
    }
    return Shape.of(shape);
  }

  private void open(long[] shape, int heightAxis, int widthAxis) {
    long height = shape[heightAxis];
    long width = shape[widthAxis];
    if (height == 0) {
      shape[heightAxis] = size != null ? size.height() : width != 0 ? width : USUAL_SIDE;
    }
    if (width == 0) {
      shape[widthAxis] = size != null ? size.width() : shape[heightAxis];
    }
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
