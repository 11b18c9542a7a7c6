package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.render.MapFigure.Detail;
import io.convlens.render.MapScene.Scale;
import io.convlens.render.MapScene.Window;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The right colour at the right place, on pictures that are not square, and no NaN anywhere. */
final class MapFigureTest {
  private static final MapFigure CELLS = new MapFigure(ColorMap.BLUE_RED, Detail.CELLS);
  private static final MapFigure SMOOTH = new MapFigure();
  private static final Scale UNIT = Scale.of(0, 1, "probability");
  private static final Window WINDOW = new Window(4, 6, 2, 2);

  @Test
  void everyPixelOfAWideMapIsAtItsPlace() {
    assertPlaces(30, 12);
  }

  @Test
  void everyPixelOfATallMapIsAtItsPlace() {
    assertPlaces(7, 40);
  }

  /** Values that differ along both axes: a swap or a mirror shows. */
  private static void assertPlaces(int width, int height) {
    float[] values = new float[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        values[y * width + x] = (x + width * y) / (float) values.length;
      }
    }
    MapScene scene = scene(width, height, values, UNIT, 0.8);
    int scale = Math.round(540f / Math.max(width, height));
    var layout = new FigureLayout(scene, ColorMap.BLUE_RED, scale);
    Picture figure = CELLS.heatmap(scene);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        assertEquals(
            ColorMap.BLUE_RED.rgb(values[y * width + x]),
            figure.rgb(
                layout.panelLeft() + x * scale + scale / 2,
                layout.panelTop() + y * scale + scale / 2));
      }
    }
    assertEquals(width * scale, layout.panelWidth());
    assertEquals(height * scale, layout.panelHeight());
  }

  @Test
  void onAShareScaleTheSameShareIsTheSameColour() {
    for (double base : new double[] {0.9, 0.09}) {
      MapScene scene =
          scene(9, 5, filled(9, 5, (float) (base / 4)), Scale.shareOf(base, "probability"), base);
      var layout = new FigureLayout(scene, ColorMap.BLUE_RED, 60);
      assertEquals(
          ColorMap.BLUE_RED.rgb(0.25),
          SMOOTH.heatmap(scene).rgb(layout.panelLeft() + 100, layout.panelTop() + 100));
    }
  }

  @Test
  void anOverlayShowsPictureAndMap() {
    float[] values = filled(20, 10, 1);
    Arrays.fill(values, 0, 100, 0f);
    MapScene scene = scene(20, 10, values, UNIT, 1);
    Picture overlay = CELLS.overlay(scene);
    int left = new FigureLayout(scene, ColorMap.BLUE_RED, 27).panelLeft();
    int top = new FigureLayout(scene, ColorMap.BLUE_RED, 27).panelTop();
    int falls = overlay.rgb(left + 100, top + 20);
    int survives = overlay.rgb(left + 100, top + 250);
    assertTrue((falls & 0xff) > (falls >> 16) && (survives >> 16) > (survives & 0xff));
    assertNotEquals(ColorMap.BLUE_RED.rgb(1), survives);
  }

  @Test
  void pixelsWithoutAValueAreHatched() {
    float[] values = filled(10, 10, 0.5f);
    Arrays.fill(values, 0, 50, Float.NaN);
    MapScene scene = scene(10, 10, values, UNIT, 1);
    for (MapFigure figure : new MapFigure[] {CELLS, SMOOTH}) {
      Picture drawn = figure.heatmap(scene);
      var layout = new FigureLayout(scene, ColorMap.BLUE_RED, 54);
      int x = layout.panelLeft();
      int y = layout.panelTop();
      for (int i = 0; i < 64; i++) {
        assertEquals(
            FigureLayout.hatched(FigureLayout.NO_VALUE, i % 8, i / 8),
            drawn.rgb(x + i % 8, y + i / 8));
      }
      assertEquals(ColorMap.BLUE_RED.rgb(0.5), drawn.rgb(x + 100, y + 400));
    }
  }

  @Test
  void mapsWithoutARangeOrValuesAreDrawn() {
    Scale none = Scale.of(0, 0, "probability");
    for (float value : new float[] {0, 1, -3, Float.NaN, Float.POSITIVE_INFINITY}) {
      MapScene scene = scene(9, 5, filled(9, 5, value), none, 0);
      for (MapFigure figure : new MapFigure[] {CELLS, SMOOTH}) {
        figure.overlay(scene);
        Picture drawn = figure.heatmap(scene);
        var layout = new FigureLayout(scene, ColorMap.BLUE_RED, 60);
        int middle = drawn.rgb(layout.panelLeft() + 30, layout.panelTop() + 30);
        if (Float.isFinite(value)) {
          assertEquals(ColorMap.BLUE_RED.rgb(0.5), middle);
        }
      }
    }
    MapScene zero = scene(9, 5, filled(9, 5, 0), UNIT, 0);
    var layout = new FigureLayout(zero, ColorMap.BLUE_RED, 60);
    assertEquals(
        ColorMap.BLUE_RED.rgb(0),
        SMOOTH.heatmap(zero).rgb(layout.panelLeft() + 9, layout.panelTop() + 9));
  }

  @Test
  void equalScenesGiveEqualBytes() {
    MapScene scene = scene(31, 17, filled(31, 17, 0.3f), UNIT, 0.4);
    assertArrayEquals(Png.bytes(SMOOTH.overlay(scene)), Png.bytes(SMOOTH.overlay(scene)));
  }

  @Test
  void thePatchIsDrawnToScale() {
    MapScene scene = scene(54, 27, filled(54, 27, 1), UNIT, 1);
    Picture drawn = CELLS.heatmap(scene);
    int ink = 0x1c1f24;
    int longest = 0;
    int rows = 0;
    for (int y = 0; y < drawn.height(); y++) {
      int run = 0;
      int best = 0;
      for (int x = 0; x < drawn.width(); x++) {
        run = drawn.rgb(x, y) == ink ? run + 1 : 0;
        best = Math.max(best, run);
      }
      rows += best == 60 ? 1 : 0;
      longest = Math.max(longest, best);
    }
    // The patch is 6 pixels wide, drawn at 10 each, with two lines at its top and two below.
    assertEquals(60, longest);
    assertEquals(4, rows);
  }

  @Test
  void largePicturesAndLongNamesKeepToTheFigure() {
    float[] values = filled(3000, 20, 0.5f);
    var scene =
        new MapScene(
            plain(3000, 20),
            SurvivalMap.of(20, 3000, values),
            UNIT,
            0.5,
            new Window(20, 500, 20, 100),
            "name".repeat(500),
            "label ".repeat(500));
    Picture drawn = SMOOTH.overlay(scene);
    assertTrue(drawn.width() < 1400 && drawn.height() < 800, drawn.toString().substring(1990));
  }

  @Test
  void whatIsLeftIsTheBaseLessTheAttribution() {
    boolean[] covered = {true, true, true, true, true, false};
    try (var attribution =
        Tensor.of(Shape.of(2, 2, 3), 9, 9, 9, 9, 9, 9, 0, 0.25f, 0.5f, 0.75f, -0.25f, 0)) {
      SurvivalMap map = SurvivalMap.ofAttribution(attribution, 1, 0.75, covered);
      assertEquals(3, map.width());
      assertEquals(2, map.height());
      assertEquals(0.5f, map.at(1, 0));
      assertEquals(0, map.min());
      assertEquals(1, map.max());
      assertTrue(Float.isNaN(map.at(2, 1)));
      assertThrows(
          IllegalArgumentException.class,
          () -> SurvivalMap.ofAttribution(attribution, 2, 0.75, covered));
    }
  }

  @Test
  void smoothingTurnsCellsIntoSlopesAndKeepsWhatIsConstant() {
    SurvivalMap cells = SurvivalMap.of(1, 8, new float[] {0, 0, 0, 0, 1, 1, 1, 1});
    SurvivalMap smooth = cells.smoothed(1, 4);
    for (int x = 1; x < 8; x++) {
      assertTrue(smooth.at(x, 0) >= smooth.at(x - 1, 0));
    }
    assertEquals(0.5f, smooth.at(4, 0), 1e-6);
    SurvivalMap holes =
        SurvivalMap.of(2, 3, new float[] {2, Float.NaN, 2, 2, 2, Float.NaN}).smoothed(3, 3);
    assertEquals(2, holes.at(0, 0));
    assertTrue(Float.isNaN(holes.at(1, 0)) && Float.isNaN(holes.at(2, 1)));
  }

  @Test
  void scenesThatDoNotFitAreRefused() {
    Picture picture = plain(4, 3);
    SurvivalMap turned = SurvivalMap.of(4, 3, new float[12]);
    assertThrows(
        IllegalArgumentException.class,
        () -> new MapScene(picture, turned, UNIT, 1, WINDOW, "", ""));
    assertThrows(IllegalArgumentException.class, () -> Scale.of(Double.NaN, 1, ""));
    assertThrows(IllegalArgumentException.class, () -> new Window(0, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> SurvivalMap.of(2, 2, new float[3]));
  }

  private static MapScene scene(int width, int height, float[] values, Scale scale, double base) {
    return new MapScene(
        plain(width, height),
        SurvivalMap.of(height, width, values),
        scale,
        base,
        WINDOW,
        "picture.png",
        "label");
  }

  private static float[] filled(int width, int height, float value) {
    float[] values = new float[width * height];
    Arrays.fill(values, value);
    return values;
  }

  private static Picture plain(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) 128);
    return Picture.ofRgb("plain", width, height, rgb);
  }
}
