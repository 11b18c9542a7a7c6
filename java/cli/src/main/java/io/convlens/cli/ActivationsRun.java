package io.convlens.cli;

import io.convlens.activation.ActivityTally;
import io.convlens.activation.DeadChannels;
import io.convlens.activation.LayerActivity;
import io.convlens.activation.LayerPass;
import io.convlens.activation.LayerTally;
import io.convlens.activation.Reading;
import io.convlens.activation.StandardLayers;
import io.convlens.activation.TappedLayer;
import io.convlens.image.Picture;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.report.ActivationFigures;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One network's layers over all pictures: figures, and files where they are asked for. */
final class ActivationsRun {
  private static final String GUESS =
      "a learning rate that was too high for a while is what often kills channels; that is a guess";

  private final Inputs inputs;
  private final Voice voice;
  private final LayerPass pass;
  private final List<TappedLayer> layers;
  private final List<String> files;

  /** The layers, then for each rectifier what stands before it. */
  private final List<TappedLayer> tapped = new ArrayList<>();

  private final List<Optional<DeadChannels>> origins = new ArrayList<>();
  private final List<ActivityTally> tallies;

  ActivationsRun(Network network, Inputs inputs, List<String> names, Voice voice) {
    this.inputs = inputs;
    this.voice = voice;
    this.pass = new LayerPass(network, inputs);
    this.layers = layers(names);
    this.files = LayerFiles.names(layers);
    tapped.addAll(layers);
    for (TappedLayer layer : layers) {
      Optional<DeadChannels> origin = DeadChannels.of(pass.graph(), layer);
      origins.add(origin);
      origin.ifPresent(o -> tapped.addAll(List.of(o.sums(), o.inputs())));
    }
    this.tallies = tapped.stream().map(ActivityTally::new).toList();
  }

  private List<TappedLayer> layers(List<String> names) {
    List<TappedLayer> found =
        names.isEmpty()
            ? new StandardLayers(pass.graph()).firstAndLast()
            : LayerFiles.distinct(names).stream()
                .map(n -> TappedLayer.of(pass.graph(), n))
                .toList();
    if (found.isEmpty()) {
      throw new UnusableOptionException("the network has no convolution: name a --layer");
    }
    return found;
  }

  /** Figures without files. */
  List<LayerActivity> tallyOnly() {
    run(List.of());
    return activities();
  }

  /** Figures, arrays and pictures, of which the first few inputs are drawn. */
  void write(Path folder, ActivationFigures figures, int drawn) {
    List<Npy.Writer> writers = new ArrayList<>();
    try {
      for (int i = 0; i < layers.size(); i++) {
        writers.add(Npy.writer(array(folder, i), arrayShape(layers.get(i))));
      }
      run(List.of(new MapFiles(writers)));
      writers.forEach(Npy.Writer::commit);
    } finally {
      writers.forEach(Npy.Writer::close);
    }
    for (int i = 0; i < layers.size(); i++) {
      Png.write(folder.resolve(files.get(i) + ".png"), sheet(folder, figures, i, drawn));
    }
  }

  /** A layer's picture, which was written before. */
  Picture picture(Path folder, int layer) {
    return Picture.read(folder.resolve(files.get(layer) + ".png"));
  }

  private Path array(Path folder, int layer) {
    return folder.resolve(files.get(layer) + ".npy");
  }

  private Shape arrayShape(TappedLayer layer) {
    long[] dims = new long[layer.shape().rank() + 1];
    dims[0] = inputs.count();
    System.arraycopy(layer.shape().dims(), 0, dims, 1, dims.length - 1);
    return Shape.of(dims);
  }

  /** The layers' maps themselves, which go to files. */
  private final class MapFiles implements LayerTally {
    private final List<Npy.Writer> writers;

    MapFiles(List<Npy.Writer> writers) {
      this.writers = writers;
    }

    @Override
    public List<Reading> readings() {
      return layers.stream().<Reading>map(Reading.Values::new).toList();
    }

    @Override
    public void take(int layer, float[] values, int first, int count) {
      int size = count * Math.toIntExact(layers.get(layer).shape().size());
      writers.get(layer).append(Arrays.copyOf(values, size));
    }
  }

  /** Tallies all layers; others besides get what they ask for. */
  private void run(List<LayerTally> others) {
    List<LayerTally> all = new ArrayList<>(tallies);
    all.addAll(others);
    try (var progress = new Progress(voice, "pictures")) {
      pass.run(all, 0, inputs.count(), done -> progress.at(done, inputs.count()));
    }
  }

  private Picture sheet(Path folder, ActivationFigures figures, int layer, int drawn) {
    List<ActivationFigures.Subject> subjects = new ArrayList<>();
    try (Npy.Reader maps = Npy.reader(array(folder, layer));
        Tensor one = Tensor.zeros(layers.get(layer).shape())) {
      for (int i = 0; i < Math.min(drawn, inputs.count()); i++) {
        maps.read(i * one.size(), one);
        subjects.add(new ActivationFigures.Subject(inputs.name(i), inputs.shown(i), one.toArray()));
      }
    }
    return figures.sheet(tallies.get(layer).result(), subjects);
  }

  /** What was seen of each layer. */
  List<LayerActivity> activities() {
    return tallies.subList(0, layers.size()).stream().map(ActivityTally::result).toList();
  }

  /** Adds the figures to the JSON, and says them. */
  void describe(Summary summary) {
    List<Map<String, Object>> all = new ArrayList<>();
    int origin = layers.size();
    for (int i = 0; i < layers.size(); i++) {
      LayerActivity activity = tallies.get(i).result();
      Map<String, Object> layer = json(activity);
      List<DeadChannels.Finding> findings = List.of();
      if (origins.get(i).isPresent()) {
        findings =
            origins
                .get(i)
                .get()
                .explain(
                    activity.dead(),
                    tallies.get(origin).result(),
                    tallies.get(origin + 1).result());
        origin += 2;
      }
      if (!activity.dead().isEmpty()) {
        layer.put("firingRateBound", activity.firingRateBound());
        layer.put("causes", findings.stream().map(ActivationsRun::json).toList());
        layer.put("note", GUESS);
      }
      all.add(layer);
      say(activity, findings);
    }
    summary.result("images", inputs.count());
    summary.result("layers", all);
  }

  private static Map<String, Object> json(DeadChannels.Finding finding) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("channel", finding.channel());
    json.put("cause", finding.cause().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    json.put("words", finding.words());
    return json;
  }

  private static Map<String, Object> json(LayerActivity activity) {
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("layer", activity.layer().asked());
    layer.put("op", activity.layer().op());
    layer.put("shape", activity.layer().shape().dims());
    layer.put("zeros", activity.zeros());
    layer.put("locality", number(activity.locality()));
    List<Map<String, Object>> channels = new ArrayList<>();
    for (LayerActivity.Channel c : activity.channels()) {
      Map<String, Object> channel = new LinkedHashMap<>();
      channel.put("max", c.max());
      channel.put("mean", c.mean());
      channel.put("active", c.active());
      channel.put("locality", number(c.locality()));
      channels.add(channel);
    }
    layer.put("channels", channels);
    layer.put("dead", activity.dead());
    layer.put("nearlyDead", activity.nearlyDead());
    return layer;
  }

  /** JSON has no NaN: what is undefined is null there. */
  static @Nullable Double number(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private void say(LayerActivity activity, List<DeadChannels.Finding> findings) {
    voice.say(
        String.format(
            Locale.ROOT,
            "%-32s %-14s %5.1f %% zeros, %d of %d channels dead",
            activity.layer().asked(),
            activity.layer().shape(),
            100 * activity.zeros(),
            activity.dead().size(),
            activity.channels().size()));
    findings.forEach(f -> voice.say("  channel " + f.channel() + " is dead " + f.words()));
  }
}
