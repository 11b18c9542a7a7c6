package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The network's answers. */
@Command(
    name = "predict",
    description = "Writes the network's outputs, and each picture's best classes.",
    footer = {
      "",
      "Writes outputs.npy and predictions.json. Examples:",
      "  convlens predict --model net.onnx --labels labels.txt --image cat.jpg --image dog.png",
      "  convlens predict --model net.onnx --preprocess tf --images photos --top 3 --json",
      "  convlens predict --model net.onnx --input batch.npy"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class PredictCommand implements Callable<Integer> {
  /** Pictures that are in memory at once. */
  private static final int CHUNK = 32;

  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "5",
      description = "how many classes are listed (default: ${DEFAULT-VALUE})")
  private int top;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    if (top < 1) {
      throw new UnusableOptionException("--top " + top + ": must be 1 or more");
    }
    inputArguments.check();
    output.check();
    var summary = new Summary("predict");
    describe(summary.options());
    Voice voice = output.voice(spec);
    try (Network network = networkArguments.load(voice);
        Inputs inputs = inputArguments.open(network, voice)) {
      summary.result("images", new Run(network, inputs, voice).images());
      summary.write(output.folder().resolve("predictions.json"), network, voice);
      voice.say("written to " + output.folder());
    }
    return 0;
  }

  private void describe(Map<String, Object> options) {
    networkArguments.describe(options);
    inputArguments.describe(options);
    options.put("top", top);
  }

  /** All inputs through the network, some at a time. */
  private final class Run {
    private final Network network;
    private final Inputs inputs;
    private final Voice voice;
    private final List<Map<String, Object>> images = new ArrayList<>();
    private final List<Tensor> chunk = new ArrayList<>();
    private Npy.@Nullable Writer outputs;

    Run(Network network, Inputs inputs, Voice voice) {
      this.network = network;
      this.inputs = inputs;
      this.voice = voice;
    }

    List<Map<String, Object>> images() {
      try {
        for (int i = 0; i < inputs.count(); i++) {
          Tensor next = inputs.tensor(i);
          if (isFull(next.shape())) {
            predict();
          }
          chunk.add(next);
        }
        predict();
        if (outputs != null) {
          outputs.commit();
        }
        return images;
      } finally {
        empty();
        if (outputs != null) {
          outputs.close();
        }
      }
    }

    private boolean isFull(Shape next) {
      return chunk.size() == CHUNK || (!chunk.isEmpty() && !chunk.getFirst().shape().equals(next));
    }

    private void empty() {
      chunk.forEach(Tensor::close);
      chunk.clear();
    }

    private void predict() {
      Tensor first = chunk.getFirst();
      // A last chunk that is smaller is filled up: another size would be prepared anew.
      int size = images.isEmpty() ? chunk.size() : CHUNK;
      try (Tensor all = Tensor.zeros(first.shape().with(0, size))) {
        for (int i = 0; i < chunk.size(); i++) {
          all.copyFrom(chunk.get(i), 0, i * first.size(), first.size());
        }
        Predictions predictions = network.predict(all);
        for (int i = 0; i < chunk.size(); i++) {
          note(predictions, i, images.size());
        }
      }
      empty();
    }

    private void note(Predictions predictions, int row, int index) {
      float[] values = predictions.output(row);
      if (outputs == null) {
        Shape shape = Shape.of(inputs.count(), predictions.classes());
        outputs = Npy.writer(output.folder().resolve("outputs.npy"), shape);
      }
      for (float v : values) {
        if (!Float.isFinite(v)) {
          throw new UnusableInputException(
              inputs.source(index), "the network's answer to it holds " + v);
        }
      }
      outputs.append(values);
      images.add(image(predictions, row, index));
    }

    private Map<String, Object> image(Predictions predictions, int row, int index) {
      List<Map<String, Object>> best = new ArrayList<>();
      for (int c : predictions.top(row, top)) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("index", c);
        entry.put("label", network.labels().name(c));
        entry.put("probability", predictions.score(row, c, ScoreKind.PROBABILITY));
        entry.put("logit", predictions.score(row, c, ScoreKind.LOGIT));
        best.add(entry);
        voice.say(
            "%-24s %.4f  %s"
                .formatted(
                    best.size() == 1 ? inputs.name(index) : "",
                    predictions.score(row, c, ScoreKind.PROBABILITY),
                    network.labels().name(c)));
      }
      Map<String, Object> image = new LinkedHashMap<>();
      image.put("image", inputs.name(index));
      image.put("top", best);
      return image;
    }
  }
}
