package io.convlens.report;

import io.convlens.image.Picture;
import io.convlens.network.Labels;
import io.convlens.network.ScoreKind;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.occlusion.OcclusionMaps;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.occlusion.Patch;
import io.convlens.render.ColorMap;
import io.convlens.render.MapFigure;
import io.convlens.render.MapScene;
import io.convlens.render.Png;
import io.convlens.render.SurvivalMap;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;

/**
 * Draws occlusion maps as a heat map and an overlay each.
 *
 * <pre>{@code
 * new OcclusionFigures(occlusion.options(), net.labels()).save(map, cat.shown(), Path.of("out"));
 * }</pre>
 *
 * <p>Colours stand for shares of the picture's own base where the score is a probability, which can
 * be compared from picture to picture. Logits have no zero: their colours span the map's values
 * unless {@link #withScale} gives a scale for a batch.
 *
 * @param options how the sweeps were done
 * @param labels the names of the classes
 * @param colors the colours
 * @param scale what the colours stand for, if not to be chosen picture by picture
 */
public record OcclusionFigures(
    OcclusionOptions options, Labels labels, ColorMap colors, Optional<MapScene.Scale> scale) {

  /**
   * What is drawn of one picture.
   *
   * @param shown the picture as the network saw it, named as the figures are to be
   * @param map for each pixel, what is left of the score
   * @param base the untouched picture's score
   * @param target the class
   */
  public record Subject(Picture shown, SurvivalMap map, double base, int target) {
    /** From a sweep's result. */
    public static Subject of(OcclusionMap map, Picture shown) {
      return of(map, shown, map.attribution(), map.covered());
    }

    /** From the mean of the maps of all patch sizes. */
    public static Subject of(OcclusionMaps maps, Picture shown) {
      return of(maps.each().getFirst(), shown, maps.attribution(), maps.covered());
    }

    private static Subject of(
        OcclusionMap one, Picture shown, float[] attribution, boolean[] covered) {
      float[] values = new float[attribution.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = covered[i] ? one.base() - attribution[i] : Float.NaN;
      }
      var left = SurvivalMap.of(one.height(), one.width(), values);
      return new Subject(shown, left, one.base(), one.target());
    }
  }

  /** In the default colours. */
  public OcclusionFigures(OcclusionOptions options, Labels labels) {
    this(options, labels, ColorMap.BLUE_RED, Optional.empty());
  }

  /** In other colours. */
  public OcclusionFigures withColors(ColorMap other) {
    return new OcclusionFigures(options, labels, other, scale);
  }

  /** With one scale of values for all pictures. */
  public OcclusionFigures withScale(double low, double high) {
    var fixed = MapScene.Scale.of(low, high, options.score().toString());
    return new OcclusionFigures(options, labels, colors, Optional.of(fixed));
  }

  /**
   * Writes {@code NAME-heatmap.png} and {@code NAME-overlay.png}, where NAME is the picture's
   * without its ending.
   *
   * @throws io.convlens.io.UnwritableOutputException if that fails
   */
  public void save(OcclusionMap map, Picture shown, Path folder) {
    save(Subject.of(map, shown), folder, stem(shown.name()));
  }

  /** Like the other, under another name. */
  public void save(Subject subject, Path folder, String name) {
    save(subject, folder, name, "");
  }

  /** Like the other, as {@code NAME-heatmapSUFFIX.png} and {@code NAME-overlaySUFFIX.png}. */
  public void save(Subject subject, Path folder, String name, String suffix) {
    MapScene scene = scene(subject);
    var figure = new MapFigure(colors, MapFigure.Detail.SMOOTH);
    Png.write(folder.resolve(name + "-heatmap" + suffix + ".png"), figure.heatmap(scene));
    Png.write(folder.resolve(name + "-overlay" + suffix + ".png"), figure.overlay(scene));
  }

  /** All that the figures say. */
  public MapScene scene(Subject subject) {
    return new MapScene(
        subject.shown(),
        subject.map(),
        scale.orElseGet(() -> ownScale(subject)),
        subject.base(),
        window(),
        subject.shown().name(),
        labels.name(subject.target()));
  }

  /** The patch; the largest of several. */
  private MapScene.Window window() {
    Patch largest =
        options.patches().stream()
            .max(Comparator.comparingLong(p -> (long) p.height() * p.width()))
            .orElseThrow();
    var window =
        new MapScene.Window(
            largest.height(), largest.width(), options.strideHeight(), options.strideWidth());
    return options.patches().size() == 1
        ? window
        : new MapScene.Window(
            window.height(),
            window.width(),
            window.strideHeight(),
            window.strideWidth(),
            "mean of %d patch sizes".formatted(options.patches().size()));
  }

  private MapScene.Scale ownScale(Subject subject) {
    String score = options.score().toString();
    if (isShareOfBase(options.score(), subject.base())) {
      return MapScene.Scale.shareOf(subject.base(), score);
    }
    double low = subject.map().min();
    double high = Math.max(subject.map().max(), subject.base());
    return Double.isFinite(low)
        ? MapScene.Scale.of(Math.min(low, subject.base()), high, score)
        : MapScene.Scale.of(subject.base(), subject.base(), score);
  }

  /** Whether shares of a base mean anything: a logit has no zero, and nothing no shares. */
  public static boolean isShareOfBase(ScoreKind score, double base) {
    return score == ScoreKind.PROBABILITY && base > 0;
  }

  /** A file's name without its ending, and with {@code _} for what is awkward in a file's name. */
  public static String stem(String name) {
    int dot = name.lastIndexOf('.');
    String base = dot > 0 ? name.substring(0, dot) : name;
    return base.replaceAll("[^\\p{L}\\p{N}._#-]", "_");
  }
}
