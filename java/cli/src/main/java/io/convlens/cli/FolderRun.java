package io.convlens.cli;

import io.convlens.image.Picture;
import io.convlens.io.Futures;
import io.convlens.io.UnusableInputException;
import io.convlens.network.Network;
import io.convlens.network.ScoreKind;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Sweep;
import io.convlens.occlusion.SweepQueue;
import io.convlens.render.ColorMap;
import io.convlens.report.OcclusionFigures.Subject;
import io.convlens.report.TrackedFigure;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * The sweeps of a folder's pictures. A thread reads pictures ahead, one a device sweeps, another
 * draws and writes behind, with a few pictures between them at most: memory is that of a few,
 * whatever the folder holds. {@link SweepProgress} keeps what is done.
 */
final class FolderRun implements AutoCloseable {
  /** Pictures between two threads: enough that none waits for a single slow one. */
  private static final int BETWEEN = 3;

  /**
   * Pictures a device: one it works on, and one more, so that it need not wait for a slower one.
   */
  private static final int AHEAD = 2;

  private final Network network;
  private final PictureInputs inputs;
  private final OcclusionOptions options;
  private final MapDrawing drawing;
  private final boolean strict;
  private final Voice voice;
  private final SweepProgress progress;
  private final SweepClock clock = new SweepClock();
  private final SweepAccount account;
  private final List<String> stems;

  /** Of the pictures that were swept over, in order: their numbers in the folder. */
  private final List<Integer> numbers = new ArrayList<>();

  private final List<SweepEntry.Skipped> skipped = new ArrayList<>();

  /** One a device. */
  private final List<Sweep> sweeps = new ArrayList<>();

  /** One a device, where a layer is tracked. */
  private final List<TrackedSheet> sheets = new ArrayList<>();

  private final Set<String> changed = new LinkedHashSet<>();
  private Optional<Shape> shape = Optional.empty();
  private List<DrawnMap> drawn = List.of();
  private boolean forgotten;

  /**
   * A picture's sweep.
   *
   * @param projected what the tracked layer's channel answers to, if that is drawn
   */
  private record Found(OcclusionMaps maps, Optional<TrackedFigure.Projected> projected) {}

  /** Takes the progress over, and closes it. */
  FolderRun(
      PictureInputs inputs,
      OcclusionOptions options,
      ColorMap colors,
      Path folder,
      boolean strict,
      SweepProgress progress,
      Voice voice) {
    this.network = inputs.network();
    this.inputs = inputs;
    this.options = options;
    this.drawing = new MapDrawing(network.labels(), colors, folder);
    this.strict = strict;
    this.voice = voice;
    this.progress = progress;
    this.account = new SweepAccount(network.labels(), options, clock);
    this.stems = inputs.stems();
  }

  /**
   * Sweeps over all pictures, draws them and writes the arrays.
   *
   * @throws UnusableInputException if no picture can be used, or one can't and the run is strict
   */
  void run() {
    takeUp();
    try (var bar = new Progress(voice, "positions");
        var ahead =
            new Ahead<ReadyPicture>(
                "pictures",
                progress.entries().size(),
                inputs.count(),
                BETWEEN,
                i -> ReadyPicture.read(inputs, i));
        var behind = new Behind("figures", BETWEEN)) {
      sweepAll(ahead, behind, bar);
      behind.finish();
    }
    if (account.pictures().isEmpty()) {
      forget();
      throw new UnusableInputException(inputs.source(0), "no picture of its folder can be used");
    }
    for (int i = 0; i < inputs.count(); i++) {
      if (!FilePrint.of(inputs.files().get(i)).equals(print(i))) {
        noteChange(i);
      }
    }
    progress.finish();
    if (!drawsAtOnce()) {
      drawAll();
    }
  }

  /** Devices take pictures from a queue; results are taken in the pictures' order. */
  private void sweepAll(Ahead<ReadyPicture> ahead, Behind behind, Progress bar) {
    Deque<Runnable> begun = new ArrayDeque<>();
    int first = progress.entries().size();
    long[] done = {0};
    try (var queue = new SweepQueue(more -> follow(first, done[0] += more, bar))) {
      sweeps.forEach(queue::put);
      for (int i = first; i < inputs.count(); i++) {
        int index = i;
        switch (ahead.take()) {
          case ReadyPicture.Unusable u ->
              begun.add(() -> behind.add(() -> skip(index, u.print(), u.why())));
          case ReadyPicture.Usable u -> begun.add(begin(index, u, queue, behind));
        }
        while (begun.size() > AHEAD * sweeps.size()) {
          begun.remove().run();
        }
      }
      begun.forEach(Runnable::run);
    }
  }

  /** Goes on from what was done before. */
  private void takeUp() {
    List<SweepEntry> done = List.copyOf(progress.entries());
    for (SweepEntry e : done) {
      if (e instanceof SweepEntry.Swept s && shape.isEmpty()) {
        Sweep made = prepare(Shape.of(s.input().stream().mapToLong(Integer::longValue).toArray()));
        progress.grow(MapArray.of(made, options), inputs.count());
      }
    }
    // Opening the arrays may leave less of it.
    for (SweepEntry e : progress.entries()) {
      int index = numbers.size() + skipped.size();
      if (!FilePrint.of(inputs.files().get(index)).equals(e.print())) {
        throw new UnusableInputException(
            inputs.source(index),
            "changed since the interrupted run read it: without --resume the run starts anew");
      }
      switch (e) {
        case SweepEntry.Swept s -> remember(index, s.picture());
        case SweepEntry.Skipped s -> remember(s);
      }
    }
    if (!progress.entries().isEmpty()) {
      voice.note(
          "going on after %d of %d pictures".formatted(progress.entries().size(), inputs.count()));
    }
  }

  private Sweep prepare(Shape input) {
    for (Network n : network.onEachDevice()) {
      sweeps.add(new Occlusion(options).prepare(n, input));
      TrackedSheet.of(n, inputs, options, drawing.folder()).ifPresent(sheets::add);
    }
    shape = Optional.of(input);
    drawn = DrawnMap.of(sweeps.getFirst(), options);
    return sweeps.getFirst();
  }

  private void remember(int index, SweptPicture picture) {
    numbers.add(index);
    account.add(picture);
  }

  private void remember(SweepEntry.Skipped s) {
    skipped.add(s);
    voice.error(s.reason() + " (left out)");
  }

  private void skip(int index, FilePrint print, UnusableInputException why) {
    if (strict) {
      throw why;
    }
    var entry = new SweepEntry.Skipped(print, inputs.name(index), why.getMessage());
    progress.add(entry);
    remember(entry);
  }

  /** Begins with a picture; what comes back takes its results. */
  private Runnable begin(int index, ReadyPicture.Usable picture, SweepQueue queue, Behind behind) {
    Tensor tensor = picture.prepared().input();
    try {
      if (sweeps.isEmpty()) {
        Sweep made = prepare(tensor.shape());
        sweeps.forEach(queue::put);
        behind.add(() -> progress.grow(MapArray.of(made, options), inputs.count()));
      }
      if (!tensor.shape().equals(shape.orElseThrow())) {
        UnusableInputException why = otherSize(index, tensor.shape());
        picture.close();
        return () -> behind.add(() -> skip(index, picture.print(), why));
      }
    } catch (RuntimeException | Error e) {
      picture.close();
      throw e;
    }
    List<Integer> input = Arrays.stream(tensor.shape().dims()).mapToObj(Math::toIntExact).toList();
    Picture shown = picture.prepared().shown();
    clock.begin();
    Future<Found> future = queue.add(tensor, this::found);
    return () -> {
      Found found = Futures.result(future);
      clock.end();
      behind.add(() -> take(index, picture.print(), input, found, shown));
    };
  }

  private Found found(int device, Tensor picture, OcclusionMaps maps) {
    return new Found(
        maps, sheets.isEmpty() ? Optional.empty() : sheets.get(device).project(picture));
  }

  /** Shows how far it is: pictures done before, and positions of those since. */
  private boolean follow(int before, long done, Progress bar) {
    long positions = sweeps.getFirst().positions();
    bar.at(before * positions + done, inputs.count() * positions);
    return true;
  }

  private UnusableInputException otherSize(int index, Shape other) {
    return new UnusableInputException(
        inputs.source(index),
        "becomes an input of %s, the first picture %s: one size a run"
            .formatted(other, shape.orElseThrow()));
  }

  /** Draws and writes a picture's results. */
  private void take(int index, FilePrint print, List<Integer> input, Found found, Picture shown) {
    OcclusionMaps maps = found.maps();
    if (!Float.isFinite(maps.base())) {
      skip(
          index,
          print,
          new UnusableInputException(
              inputs.source(index), "the network's score for it is " + maps.base()));
      return;
    }
    var picture = SweptPicture.of(inputs.name(index), maps);
    if (drawsAtOnce()) {
      draw(index, maps, shown);
    }
    if (!sheets.isEmpty()) {
      sheets.getFirst().write(stems.get(index), shown, maps.each().getFirst(), found.projected());
    }
    progress.add(print, input, picture, maps);
    remember(index, picture);
    account.say(picture, voice);
  }

  /** Shares of a picture's own base need no other picture's map; logits are drawn on one scale. */
  private boolean drawsAtOnce() {
    return options.score() == ScoreKind.PROBABILITY;
  }

  private void draw(int index, OcclusionMaps maps, Picture shown) {
    save(index, drawn.getFirst(), Subject.of(maps, shown));
    for (int i = 1; i < drawn.size(); i++) {
      OcclusionMap map = maps.each().get(i - 1);
      save(index, drawn.get(i), Subject.of(map, shown));
    }
  }

  private void save(int index, DrawnMap d, Subject subject) {
    drawing.figures(d.options()).save(subject, drawing.folder(), stems.get(index), d.suffix());
  }

  /** Reads pictures again, one after another, and draws them from their arrays. */
  private void drawAll() {
    for (DrawnMap d : drawn) {
      drawing.forEach(
          d,
          account.pictures(),
          i -> shownAgain(numbers.get(i)),
          (figures, subject, i) ->
              figures.save(subject, drawing.folder(), stems.get(numbers.get(i)), d.suffix()));
    }
  }

  /** A picture that was swept over, if it is still what it was. */
  private Optional<Picture> shownAgain(int index) {
    ReadyPicture picture = ReadyPicture.read(inputs, index);
    try {
      if (picture instanceof ReadyPicture.Usable u && u.print().equals(print(index))) {
        return Optional.of(u.prepared().shown());
      }
    } finally {
      picture.close();
    }
    noteChange(index);
    return Optional.empty();
  }

  private FilePrint print(int index) {
    return progress.entries().get(index).print();
  }

  private void noteChange(int index) {
    if (changed.add(inputs.name(index))) {
      voice.error(
          inputs.source(index) + ": changed during the run: its results are of what it was");
    }
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary) {
    account.describe(summary, sweeps.getFirst().grids());
    List<Map<String, Object>> left = new ArrayList<>();
    for (SweepEntry.Skipped s : skipped) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("image", s.image());
      one.put("reason", s.reason());
      left.add(one);
    }
    summary.result("skipped", left);
    summary.result("changed", changed);
  }

  /** Says how many pictures are not as they should be; the exit code is 3 where one isn't. */
  int count() {
    if (!skipped.isEmpty()) {
      voice.error("%d of %d pictures left out".formatted(skipped.size(), inputs.count()));
    }
    if (!changed.isEmpty()) {
      voice.error("%d of %d pictures changed".formatted(changed.size(), inputs.count()));
    }
    return skipped.size() + changed.size();
  }

  /** Forgets what would be needed to go on. */
  void forget() {
    forgotten = true;
    progress.forget();
  }

  @Override
  public void close() {
    sheets.forEach(TrackedSheet::close);
    sweeps.forEach(Sweep::close);
    if (!forgotten && progress.entries().isEmpty()) {
      forget();
    }
    progress.close();
  }
}
