package io.convlens.cli;

import io.convlens.device.Device;
import io.convlens.embed.Embedding;
import io.convlens.embed.EmbeddingOptions;
import io.convlens.image.Picture;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.report.EmbeddingFigures;
import io.convlens.report.ProjectorExport;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A data set on a plane. */
@Command(
    name = "embed",
    description = "Lays pictures out so that those are near that are alike to a layer (t-SNE).",
    footer = {
      "",
      "Writes codes.npy, embedding.npy, embedding.json, embedding.png, embedding.html, and with",
      "pictures embedding-grid.png. Examples:",
      "  convlens embed --model net.onnx --images photos --layer relu#7",
      "  convlens embed --codes codes.npy --images photos --classes classes.txt",
      "  convlens embed --codes codes.npy --perplexity 50"
    },
    sortOptions = false,
    usageHelpAutoWidth = true)
final class EmbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private NetworkArguments networkArguments;
  @Mixin private InputArguments inputArguments;

  @Option(names = "--layer", paramLabel = "LAYER", description = "whose values are the codes")
  private @Nullable String layer;

  @Option(
      names = "--codes",
      paramLabel = "FILE.npy",
      description = "codes [N,D] from elsewhere; then no network is needed")
  private @Nullable Path codesFile;

  @Option(
      names = "--perplexity",
      paramLabel = "P",
      defaultValue = "30",
      description = "about how many neighbours a picture has (default: ${DEFAULT-VALUE})")
  private double perplexity;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "1000",
      description = "steps of the descent (default: ${DEFAULT-VALUE})")
  private int iterations;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "of the small random part of the first places (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--pca",
      paramLabel = "D",
      defaultValue = "50",
      description =
          "principal components that the codes are reduced to (default: ${DEFAULT-VALUE})")
  private int pca;

  @Option(
      names = "--classes",
      paramLabel = "FILE",
      description = "a class a line for each picture (default: what the network says)")
  private @Nullable Path classesFile;

  @Option(
      names = "--projector",
      description = "writes the folder projector, too: for the Embedding Projector and TensorBoard")
  private boolean projector;

  @Mixin private OutputArguments output;

  @Mixin
  @SuppressWarnings("UnusedVariable") // picocli reads its annotations.
  private HelpOptions help;

  @Override
  public Integer call() {
    var options =
        new EmbeddingOptions(perplexity, iterations, seed, pca, networkArguments.threads());
    if ((layer == null) == (codesFile == null)) {
      throw new UnusableOptionException(
          layer == null
              ? "no codes: give --layer (with --model) or --codes"
              : "--layer and --codes exclude each other");
    }
    if (layer != null) {
      networkArguments.check();
    }
    if (layer != null || inputArguments.isGiven()) {
      inputArguments.check();
    }
    output.check();
    var summary = new Summary("embed");
    Voice voice = output.voice(spec);
    describe(summary.options());
    if (layer != null) {
      try (Network network = networkArguments.load(voice);
          Inputs inputs = inputArguments.open(network, voice)) {
        Codes codes = Codes.ofLayer(network, inputs, layer, file("codes.npy"), voice);
        embed(
            codes,
            options,
            Optional.of(network.device()),
            names(inputs::name, codes),
            Optional.of(inputs::shown),
            summary,
            voice);
        summary.write(file("embedding.json"), network, voice);
      }
    } else {
      withoutNetwork(options, summary, voice);
    }
    voice.say("written to " + output.folder());
    return 0;
  }

  private void withoutNetwork(EmbeddingOptions options, Summary summary, Voice voice) {
    Path from = Objects.requireNonNull(codesFile);
    List<Path> files = inputArguments.files(voice);
    Codes codes = Codes.ofFile(from, file("codes.npy"));
    if (!files.isEmpty() && files.size() != codes.points().count()) {
      throw new UnusableInputException(
          from, "holds %d codes for %d pictures".formatted(codes.points().count(), files.size()));
    }
    IntFunction<String> names =
        files.isEmpty()
            ? i -> from.getFileName() + "[" + i + "]"
            : i -> String.valueOf(files.get(i).getFileName());
    Optional<IntFunction<Picture>> pictures =
        files.isEmpty() ? Optional.empty() : Optional.of(i -> Picture.read(files.get(i)));
    Optional<Device> gpu = networkArguments.gpu();
    try {
      embed(codes, options, gpu, names(names, codes), pictures, summary, voice);
    } finally {
      gpu.ifPresent(Device::close);
    }
    if (networkArguments.count() > 0) {
      try (Network network = networkArguments.load(voice)) {
        summary.write(file("embedding.json"), network, voice);
      }
    } else {
      summary.write(file("embedding.json"), Optional.empty(), voice);
    }
  }

  private Path file(String name) {
    return output.folder().resolve(name);
  }

  private static List<String> names(IntFunction<String> name, Codes codes) {
    return IntStream.range(0, codes.points().count()).mapToObj(name).toList();
  }

  private void describe(Map<String, Object> options) {
    networkArguments.describe(options);
    inputArguments.describe(options);
    options.put("layer", layer);
    options.put("codes", Optional.ofNullable(codesFile).map(Path::toString).orElse(null));
    options.put("perplexity", perplexity);
    options.put("iterations", iterations);
    options.put("seed", seed);
    options.put("pca", pca);
    options.put("projector", projector);
    options.put("classes", Optional.ofNullable(classesFile).map(Path::toString).orElse(null));
  }

  private Optional<List<String>> classes(Codes codes) {
    if (classesFile == null) {
      return codes.classes();
    }
    return Optional.of(Lines.read(classesFile, codes.points().count()));
  }

  private void embed(
      Codes codes,
      EmbeddingOptions options,
      Optional<Device> device,
      List<String> names,
      Optional<IntFunction<Picture>> pictures,
      Summary summary,
      Voice voice) {
    Optional<List<String>> classes = classes(codes);
    Embedding embedding;
    try (var progress = new Progress(voice, "iterations")) {
      IntConsumer told = done -> progress.at(done, iterations);
      embedding =
          device.isPresent()
              ? Embedding.of(codes.points(), options, device.get(), told)
              : Embedding.of(codes.points(), options, told);
    }
    if (embedding.perplexity() < perplexity) {
      String note =
          String.format(
              Locale.ROOT,
              "perplexity %s is too much for %d points: %.3g was taken",
              perplexity,
              names.size(),
              embedding.perplexity());
      voice.note(note);
      summary.result("note", note);
    }
    write(embedding);
    describe(embedding, codes, classes, summary);
    String lead = lead(embedding, codes);
    voice.say(lead);
    new EmbeddingFigures(layer == null ? "Embedding" : "Embedding of " + layer, lead)
        .save(embedding, names, classes, pictures, output.folder());
    if (projector) {
      new ProjectorExport(file("projector")).write(codes.points(), names, classes, pictures);
    }
  }

  private void write(Embedding embedding) {
    int n = embedding.x().length;
    try (Tensor places = Tensor.zeros(Shape.of(n, 2))) {
      for (int i = 0; i < n; i++) {
        places.set(2L * i, embedding.x()[i]);
        places.set(2L * i + 1, embedding.y()[i]);
      }
      Npy.write(file("embedding.npy"), places);
    }
  }

  private void describe(
      Embedding embedding, Codes codes, Optional<List<String>> classes, Summary summary) {
    summary.result("images", codes.points().count());
    summary.result("dimensions", codes.points().dimensions());
    summary.result("perplexity", embedding.perplexity());
    summary.result("iterations", iterations);
    summary.result("kl", embedding.kl());
    summary.result("trustworthiness", embedding.trustworthiness());
    summary.result("neighboursKept", embedding.neighboursKept());
    summary.result("k", embedding.k());
    summary.result("looked", embedding.looked());
    classes.ifPresent(
        c -> {
          List<String> kinds = c.stream().distinct().toList();
          summary.result("classPurity", embedding.purity(c.stream().map(kinds::indexOf).toList()));
          summary.result("classes", c);
        });
  }

  private String lead(Embedding embedding, Codes codes) {
    return String.format(
        Locale.ROOT,
        "%d codes of %d numbers, t-SNE with perplexity %.3g, %d iterations: KL %.3f,"
            + " trustworthiness %.3f, %.0f %% of %d neighbours kept",
        codes.points().count(),
        codes.points().dimensions(),
        embedding.perplexity(),
        iterations,
        embedding.kl(),
        embedding.trustworthiness(),
        100 * embedding.neighboursKept(),
        embedding.k());
  }
}
