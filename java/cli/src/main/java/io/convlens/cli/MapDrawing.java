package io.convlens.cli;

import io.convlens.image.Picture;
import io.convlens.network.Labels;
import io.convlens.occlusion.OcclusionOptions;
import io.convlens.render.ColorMap;
import io.convlens.render.SurvivalMap;
import io.convlens.report.OcclusionFigures;
import io.convlens.report.OcclusionFigures.Subject;
import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Draws the maps of all pictures from their arrays.
 *
 * @param labels the names of the classes
 * @param colors the figures' colours
 * @param folder where the arrays are
 */
record MapDrawing(Labels labels, ColorMap colors, Path folder) {
  /** What is done with each picture's map. */
  @FunctionalInterface
  interface Each {
    void take(OcclusionFigures figures, Subject subject, int index);
  }

  /**
   * Goes through all pictures: on one scale, unless each one's colours stand for shares of its
   * base.
   *
   * @param shown what a picture looks like; where that is nothing, it is passed over
   */
  void forEach(
      DrawnMap drawn,
      List<SweptPicture> pictures,
      IntFunction<Optional<Picture>> shown,
      Each each) {
    var figures = figures(drawn.options());
    try (Npy.Reader maps = Npy.reader(folder.resolve(drawn.array()));
        Tensor one = Tensor.zeros(maps.shape().with(0, 1))) {
      if (!isShareOfBase(drawn.options(), pictures)) {
        var scale = new Scale();
        for (int i = 0; i < pictures.size(); i++) {
          maps.read(i * one.size(), one);
          scale.add(pictures.get(i).base(), one);
        }
        figures = figures.withScale(scale.low, scale.high);
      }
      for (int i = 0; i < pictures.size(); i++) {
        maps.read(i * one.size(), one);
        SweptPicture p = pictures.get(i);
        var left = SurvivalMap.ofAttribution(one, 0, p.base(), drawn.covered());
        Optional<Picture> picture = shown.apply(i);
        if (picture.isPresent()) {
          each.take(figures, new Subject(picture.get(), left, p.base(), p.target()), i);
        }
      }
    }
  }

  OcclusionFigures figures(OcclusionOptions options) {
    return new OcclusionFigures(options, labels).withColors(colors);
  }

  private static boolean isShareOfBase(OcclusionOptions options, List<SweptPicture> pictures) {
    return pictures.stream()
        .allMatch(p -> OcclusionFigures.isShareOfBase(options.score(), p.base()));
  }

  /** From the lowest to the highest value of all maps, bases among them. */
  private static final class Scale {
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;

    void add(double base, Tensor attribution) {
      widen(base);
      for (long i = 0; i < attribution.size(); i++) {
        // Where no window covers a pixel it is the base.
        widen((float) (base - attribution.get(i)));
      }
    }

    private void widen(double value) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
}
