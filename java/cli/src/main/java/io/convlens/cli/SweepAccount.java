package io.convlens.cli;

import io.convlens.network.Labels;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.PatchGrid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/** What is said of all pictures' sweeps: a line each, and the JSON. */
final class SweepAccount {
  private final Labels labels;
  private final OcclusionOptions options;
  private final SweepClock clock;
  private final List<SweptPicture> pictures = new ArrayList<>();

  /**
   * An account of nothing yet.
   *
   * @param clock runs while devices sweep
   */
  SweepAccount(Labels labels, OcclusionOptions options, SweepClock clock) {
    this.clock = clock;
    this.labels = labels;
    this.options = options;
  }

  void add(SweptPicture picture) {
    pictures.add(picture);
  }

  /** In order. */
  List<SweptPicture> pictures() {
    return Collections.unmodifiableList(pictures);
  }

  /** Says a picture's result. */
  void say(SweptPicture p, Voice voice) {
    voice.say(
        "%-24s %s, %s %.4f: down to %.4f under the patch"
            .formatted(p.image(), labels.name(p.target()), options.score(), p.base(), p.least()));
  }

  /** Adds the results to the JSON. */
  void describe(Summary summary, List<PatchGrid> grids) {
    long positions = grids.stream().mapToLong(g -> (long) g.rows() * g.cols()).sum();
    summary.result("images", pictures.stream().map(SweptPicture::image).toList());
    summary.result("target", pictures.stream().map(SweptPicture::target).toList());
    summary.result("label", pictures.stream().map(p -> labels.name(p.target())).toList());
    summary.result("base", pictures.stream().map(SweptPicture::base).toList());
    summary.result("rows", each(grids, PatchGrid::rows));
    summary.result("cols", each(grids, PatchGrid::cols));
    summary.result("height", grids.getFirst().height());
    summary.result("width", grids.getFirst().width());
    summary.result("engine", pictures.getFirst().work().engine().toString());
    pictures.getFirst().work().why().ifPresent(why -> summary.result("engineNote", why));
    summary.result("positionsPerSecond", positions * picturesPerSecond());
    if (options.mode() == Mode.FAST) {
      summary.result("fast", pictures.stream().map(p -> approximation(p.work())).toList());
    }
    summary.result("macsRun", sum(OcclusionMap.Work::macsRun));
    summary.result("macsFull", sum(OcclusionMap.Work::macsFull));
  }

  /** Of this run; where it swept over none, as fast as those were whose results it found. */
  private double picturesPerSecond() {
    double noted = pictures.stream().mapToDouble(p -> p.work().seconds()).sum();
    boolean now = clock.pictures() > 0;
    double seconds = now ? clock.seconds() : noted;
    return seconds > 0 ? (now ? clock.pictures() : pictures.size()) / seconds : 0;
  }

  /** Of one picture: which engine ran, how much of it, and how good that is. */
  private static Map<String, Object> approximation(OcclusionMap.Work work) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("engine", work.engine().toString());
    work.approximation()
        .ifPresent(
            a -> {
              json.put("windowShare", a.windowShare());
              json.put("deltaPrecision", a.precision().toString());
              json.put("positionsComputed", a.computed());
              json.put("sample", a.sample());
              json.put("meanError", ActivationsRun.number(a.meanError()));
              json.put("maxError", ActivationsRun.number(a.maxError()));
              json.put("allowed", a.allowed());
            });
    return json;
  }

  private long sum(ToLongFunction<OcclusionMap.Work> of) {
    return pictures.stream().map(SweptPicture::work).mapToLong(of).sum();
  }

  /** A number where there is one patch size, else a list in the order of sizes. */
  private static Object each(List<PatchGrid> grids, ToIntFunction<PatchGrid> of) {
    List<Integer> all = grids.stream().mapToInt(of).boxed().toList();
    return all.size() == 1 ? all.getFirst() : all;
  }
}
