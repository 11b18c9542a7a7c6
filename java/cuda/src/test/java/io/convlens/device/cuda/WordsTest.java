package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class WordsTest {
  @Test
  void fieldsAreEightBytesInTheOrderGiven() {
    var window =
        new Window3(
            new Window3.Axes(1, 2, 3),
            new Window3.Axes(4, 5, 6),
            new Window3.Axes(7, 8, 9),
            new Window3.Axes(10, 11, 12),
            new Window3.Axes(13, 14, 15));
    long[] words =
        new Words()
            .put(7)
            .real(-1.5)
            .map(new MapShape(1, 2, 3, 4, 5, 6))
            .window(window)
            .perAxis(List.of(8L, 9L))
            .toArray();
    long[] expected = {
      7,
      0xbff8000000000000L,
      1,
      2,
      3,
      4,
      5,
      6,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
      12,
      8,
      9,
      0,
      0,
      0,
      0,
      0,
      0
    };
    assertArrayEquals(expected, words);
  }

  @Test
  void thereIsRoomForAnyNumberOfFields() {
    long[] many = LongStream.range(0, 1000).toArray();
    assertArrayEquals(many, new Words().put(many).toArray());
  }
}
