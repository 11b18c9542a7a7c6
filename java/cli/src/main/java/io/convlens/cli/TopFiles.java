package io.convlens.cli;

import io.convlens.image.Picture;
import io.convlens.io.UnusableInputException;
import io.convlens.render.Png;
import io.convlens.render.Sheet;
import io.convlens.report.TopFigures;
import io.convlens.top.Purity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The files of what excites units: the findings of parts, of the whole set, and their pictures.
 *
 * @param folder where they are
 * @param setup what was looked for in what: parts that differ in it don't go together
 * @param k how many pictures a unit has
 */
record TopFiles(Path folder, String setup, int k) {
  /** Patches that are in memory at once while sheets are drawn. */
  private static final int MOST_PATCHES = 6000;

  private static final int PATCH_SIDE = 96;

  /**
   * Findings of units and of random directions beside them.
   *
   * @param units a layer after the other
   * @param random likewise, or none
   */
  record Both(List<TopFindings> units, List<TopFindings> random) {
    Both merged(Both other, int k) {
      return new Both(merged(units, other.units, k), merged(random, other.random, k));
    }

    private static List<TopFindings> merged(List<TopFindings> a, List<TopFindings> b, int k) {
      List<TopFindings> all = new ArrayList<>();
      for (int i = 0; i < a.size(); i++) {
        all.add(a.get(i).merged(b.get(i), k));
      }
      return all;
    }
  }

  /** Whether a part is done already. */
  boolean isDone(Shard shard) {
    Path file = folder.resolve(shard.file());
    return Files.exists(file) && setup.equals(json(file).path("setup").asString(""));
  }

  private static JsonNode json(Path file) {
    try {
      return new JsonMapper().readTree(Files.readAllBytes(file));
    } catch (IOException | JacksonException e) {
      throw new UnusableInputException(file, "can't be read: " + e.getMessage(), e);
    }
  }

  /** All parts that lie in the folder, together. */
  Both merged() {
    List<Path> parts = parts();
    Both all = null;
    for (Path part : parts) {
      JsonNode json = json(part);
      if (!setup.equals(json.path("setup").asString(""))) {
        throw new UnusableInputException(part, "was made with other options, pictures or network");
      }
      Both one = read(part, json);
      all = all == null ? one : all.merged(one, k);
    }
    return Objects.requireNonNull(all);
  }

  private List<Path> parts() {
    String pattern = "top-\\d+-of-\\d+\\.json";
    List<Path> found;
    try (Stream<Path> files = Files.list(folder)) {
      found = files.filter(f -> f.getFileName().toString().matches(pattern)).sorted().toList();
    } catch (IOException e) {
      throw new UnusableInputException(folder, "no such folder", e);
    }
    if (found.isEmpty()) {
      throw new UnusableInputException(folder, "no parts in it: make them with --shard");
    }
    String of = found.getFirst().getFileName().toString().replaceAll(".*-of-|\\.json", "");
    List<Path> parts = new ArrayList<>();
    for (int i = 1; i <= Integer.parseInt(of); i++) {
      Path part = folder.resolve(new Shard(i, Integer.parseInt(of)).file());
      if (!found.contains(part)) {
        throw new UnusableInputException(part, "is missing");
      }
      parts.add(part);
    }
    if (parts.size() != found.size()) {
      throw new UnusableInputException(folder, "holds parts of several divisions");
    }
    return parts;
  }

  private static Both read(Path file, JsonNode json) {
    try {
      List<TopFindings> units = new ArrayList<>();
      List<TopFindings> random = new ArrayList<>();
      for (JsonNode layer : json.get("layers")) {
        String name = layer.get("layer").asString();
        JsonNode list = layer.get("units");
        String kind = list.path(0).has("direction") ? "direction" : "unit";
        units.add(TopFindings.read(name, kind, list));
        if (layer.has("random")) {
          random.add(TopFindings.read(name, "direction", layer.get("random")));
        }
      }
      return new Both(units, random);
    } catch (NullPointerException | JacksonException e) {
      throw new UnusableInputException(file, "is no part that top wrote", e);
    }
  }

  /** The layers as they are written. */
  static List<Map<String, Object>> json(Both found, Optional<List<String>> classes) {
    List<Map<String, Object>> layers = new ArrayList<>();
    for (int i = 0; i < found.units().size(); i++) {
      TopFindings units = found.units().get(i);
      Map<String, Object> layer = new LinkedHashMap<>();
      layer.put("layer", units.layer());
      layer.put("units", units.json());
      if (!found.random().isEmpty()) {
        layer.put("random", found.random().get(i).json());
      }
      if (classes.isPresent()) {
        layer.put("purity", purity(units, classes.get()));
        if (!found.random().isEmpty()) {
          layer.put("randomPurity", purity(found.random().get(i), classes.get()));
        }
      }
      layers.add(layer);
    }
    return layers;
  }

  /** The mean over all units. */
  private static double purity(TopFindings findings, List<String> classes) {
    return findings.probes().stream()
        .mapToDouble(p -> Purity.of(p.pictures(), classes))
        .average()
        .orElse(0);
  }

  /** Draws and writes a sheet a layer, decoding each picture once. */
  List<Picture> draw(List<TopFindings> layers, Inputs inputs, int drawn, Optional<TopViews> views) {
    int each = Math.max(1, Math.min(drawn, MOST_PATCHES / k / layers.size()));
    Map<Integer, List<TopFindings.Entry>> byPicture = new TreeMap<>();
    for (TopFindings layer : layers) {
      layer.probes().stream()
          .limit(each)
          .flatMap(p -> p.top().stream())
          .forEach(e -> byPicture.computeIfAbsent(e.index(), _ -> new ArrayList<>()).add(e));
    }
    IdentityHashMap<TopFindings.Entry, Picture> patches = new IdentityHashMap<>();
    byPicture.forEach(
        (index, entries) -> {
          List<Picture> cut =
              inputs.originals(index, entries.stream().map(e -> e.box().notEmpty()).toList());
          for (int i = 0; i < cut.size(); i++) {
            patches.put(entries.get(i), Sheet.sized(cut.get(i), PATCH_SIDE));
          }
        });
    List<String> files = LayerFiles.unique(layers.stream().map(TopFindings::layer).toList());
    var figures = new TopFigures();
    List<Picture> sheets = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      TopFindings layer = layers.get(i);
      int units = Math.min(each, layer.probes().size());
      IdentityHashMap<TopFindings.Entry, Picture> seen =
          views.map(v -> v.of(layer, units)).orElseGet(IdentityHashMap::new);
      List<TopFigures.Row> rows =
          layer.probes().stream().limit(each).map(p -> row(layer, p, patches, seen)).toList();
      String title = layer.layer() + ": what excites its " + layer.kind() + "s most";
      sheets.add(figures.sheet(title, rows, layer.probes().size()));
      Png.write(folder.resolve(files.get(i) + "-top.png"), sheets.getLast());
    }
    return sheets;
  }

  private static TopFigures.Row row(
      TopFindings layer,
      TopFindings.Probe probe,
      IdentityHashMap<TopFindings.Entry, Picture> patches,
      IdentityHashMap<TopFindings.Entry, Picture> views) {
    List<TopFigures.Patch> row =
        probe.top().stream()
            .map(
                e ->
                    new TopFigures.Patch(
                        Objects.requireNonNull(patches.get(e)),
                        e.value(),
                        Optional.ofNullable(views.get(e))))
            .toList();
    return new TopFigures.Row(layer.kind() + " " + probe.number(), row);
  }
}
