package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.network.PictureSet;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.PatchGrid;
import io.convlens.occlusion.Sweep;
import io.convlens.occlusion.Sweeps;
import io.convlens.render.ColorMap;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sweeps of pictures that were named one by one, and the files that come of them. The arrays go
 * to their files picture by picture: a run over thousands holds one picture's.
 */
final class OcclusionRun implements AutoCloseable {
  private final Network network;
  private final Inputs inputs;
  private final OcclusionOptions options;
  private final Path folder;
  private final Voice voice;
  private final SweepClock clock = new SweepClock();
  private final SweepAccount account;
  private final List<Npy.Writer> writers = new ArrayList<>();
  private final Optional<TrackedSheet> sheets;
  private List<PatchGrid> grids = List.of();
  private List<DrawnMap> drawn = List.of();

  OcclusionRun(Network network, Inputs inputs, OcclusionOptions options, Path folder, Voice voice) {
    this.network = network;
    this.inputs = inputs;
    this.options = options;
    this.folder = folder;
    this.voice = voice;
    this.account = new SweepAccount(network.labels(), options, clock);
    this.sheets = TrackedSheet.of(network, inputs, options, folder);
  }

  /** Sweeps over all pictures and writes the arrays. */
  void sweep() {
    Shape shape;
    try (Tensor first = inputs.tensor(0)) {
      shape = first.shape();
    }
    try (var sweeps = new Sweeps(network.onEachDevice(), shape, new Occlusion(options));
        var progress = new Progress(voice, "positions")) {
      Sweep sweep = sweeps.first();
      grids = sweep.grids();
      drawn = DrawnMap.of(sweep, options);
      List<MapArray> arrays = MapArray.of(sweep, options);
      // A folder that can't be written is found out before the work, not after it.
      for (MapArray a : arrays) {
        writers.add(Npy.writer(folder.resolve(a.file()), a.shape(inputs.count())));
      }
      sweeps.run(
          ofOneSize(shape),
          (done, total) -> {
            progress.at(done, total);
            return true;
          },
          (index, maps) -> add(index, arrays, maps));
    }
    writers.forEach(Npy.Writer::commit);
  }

  private PictureSet ofOneSize(Shape shape) {
    return new PictureSet() {
      @Override
      public int count() {
        return inputs.count();
      }

      @Override
      public String source(int index) {
        return inputs.source(index);
      }

      @Override
      public Tensor tensor(int index) {
        Tensor picture = inputs.tensor(index);
        try {
          checkSize(index, picture.shape(), shape);
          clock.begin();
          return picture;
        } catch (RuntimeException e) {
          picture.close();
          throw e;
        }
      }
    };
  }

  private void checkSize(int index, Shape shape, Shape first) {
    if (!shape.equals(first)) {
      throw new UnusableInputException(
          inputs.source(index),
          "becomes an input of %s, the first picture %s: one size a run".formatted(shape, first));
    }
  }

  private void add(int index, List<MapArray> arrays, OcclusionMaps maps) {
    clock.end();
    if (!Float.isFinite(maps.base())) {
      throw new UnusableInputException(
          inputs.source(index), "the network's score for it is " + maps.base());
    }
    for (int a = 0; a < arrays.size(); a++) {
      writers.get(a).append(arrays.get(a).values().apply(maps));
    }
    var picture = SweptPicture.of(inputs.name(index), maps);
    account.add(picture);
    account.say(picture, voice);
    sheets.ifPresent(s -> s.write(index, inputs.stems().get(index), maps.each().getFirst()));
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    account.describe(summary, grids);
  }

  /** Draws all pictures, on one scale. */
  void draw(ColorMap colors) {
    List<String> stems = inputs.stems();
    for (DrawnMap d : drawn) {
      drawing(colors)
          .forEach(
              d,
              account.pictures(),
              i -> Optional.of(inputs.shown(i)),
              (figures, subject, i) -> figures.save(subject, folder, stems.get(i), d.suffix()));
    }
  }

  /** Goes through all pictures' maps, on one scale; of several patch sizes through their means. */
  void forEach(ColorMap colors, MapDrawing.Each each) {
    drawing(colors)
        .forEach(drawn.getFirst(), account.pictures(), i -> Optional.of(inputs.shown(i)), each);
  }

  private MapDrawing drawing(ColorMap colors) {
    return new MapDrawing(network.labels(), colors, folder);
  }

  @Override
  public void close() {
    writers.forEach(Npy.Writer::close);
    sheets.ifPresent(TrackedSheet::close);
  }
}
