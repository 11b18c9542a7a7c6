package io.convlens.selftest;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Numbers about maps, which looking at layers is made of. */
final class FigureShapes {
  private static final String SOURCE = "layers";
  private static final int SIDE = 13;

  private FigureShapes() {}

  static List<Supplier<Trial>> all() {
    List<Supplier<Trial>> all = new ArrayList<>();
    for (int channels : List.of(36, 37)) {
      MapShape src = MapShape.dense(3, 1, SIDE, SIDE, channels);
      for (Spec.Figures figures : Spec.Figures.values()) {
        all.add(
            () -> trial("map figures", new Spec.MapFigures(src, figures), src, figures.count()));
      }
      for (Spec.RankOf of : Spec.RankOf.values()) {
        int rank = SIDE * SIDE * 9 / 10;
        all.add(() -> trial("map ranks", new Spec.MapRank(src, of, rank), src, Spec.MapRank.COUNT));
      }
    }
    return all;
  }

  private static Trial trial(String operation, Spec spec, MapShape src, int numbers) {
    List<Long> sizes = List.of(src.span(), (long) src.n() * numbers * src.c());
    return new Trial(operation, SOURCE, spec, sizes, false, List.of());
  }
}
