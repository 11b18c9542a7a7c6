package io.convlens.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** Letters that can be told apart, and text that keeps within its bounds. */
final class StrokeFontTest {
  private static final StrokeFont FONT = new StrokeFont(11, 0.125);

  @Test
  void everyPrintableCharacterHasAShapeOfItsOwn() {
    Map<String, Character> seen = new HashMap<>();
    for (char c = ' ' + 1; c < 127; c++) {
      Character same = seen.put(Arrays.toString(drawn(String.valueOf(c))), c);
      assertEquals(null, same, "drawn like " + c);
    }
    assertEquals(94, seen.size());
  }

  @Test
  void smallSizesCanBeTold() {
    for (String pair : List.of("0O", "1l", "5S", "8B", "2Z", "il", "ce", "ao", "un")) {
      int[] a = drawn(pair.substring(0, 1));
      int[] b = drawn(pair.substring(1));
      int different = 0;
      for (int i = 0; i < a.length; i++) {
        different += Math.abs((a[i] & 0xff) - (b[i] & 0xff)) > 100 ? 1 : 0;
      }
      assertTrue(different >= 4, pair + ": " + different + " pixels");
    }
  }

  @Test
  void whatHasNoShapeIsAQuestionMarkAndAccentsGo() {
    assertEquals(Arrays.toString(drawn("?")), Arrays.toString(drawn("\u732b")));
    assertEquals(Arrays.toString(drawn("e")), Arrays.toString(drawn("\u00e9")));
    assertEquals(Arrays.toString(drawn(" ")), Arrays.toString(drawn("\n")));
  }

  @Test
  void capitalsStandOnTheLineAndAreAsHighAsAsked() {
    int[] pixels = drawn("H");
    int top = -1;
    int bottom = -1;
    for (int y = 0; y < 30; y++) {
      for (int x = 0; x < 30; x++) {
        if ((pixels[y * 30 + x] & 0xff) < 128) {
          top = top < 0 ? y : top;
          bottom = y;
        }
      }
    }
    assertEquals(8, top, 1);
    assertEquals(19, bottom, 1);
  }

  @Property(tries = 200)
  void fittedTextFits(
      @ForAll @StringLength(max = 60) @AlphaChars @Chars({' ', '-'}) String text,
      @ForAll @IntRange(min = 30, max = 300) int width) {
    assertTrue(FONT.width(FONT.fitted(text, width)) <= width);
    for (String line : FONT.wrapped(text, width)) {
      assertTrue(FONT.width(line) <= width);
    }
  }

  /** 30x30 pixels with the text at (5, 20). */
  private static int[] drawn(String text) {
    var canvas = new Canvas(30, 30, 0xffffff);
    FONT.draw(canvas, 5, 20, text, 0);
    var picture = canvas.toPicture("text");
    int[] pixels = new int[900];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = picture.rgb(i % 30, i / 30);
    }
    return pixels;
  }
}
