package io.convlens.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.MapShape;
import io.convlens.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FormTest {
  @Test
  void channelsLastIsAMap() {
    Form f = Form.channelsLast(Shape.of(2, 3, 4, 5));
    assertEquals(List.of(60L, 1L, 15L, 3L), f.strides());
    assertEquals(Optional.of(MapShape.dense(2, 1, 4, 5, 3)), f.asMap());
    assertTrue(f.isDense());
    assertFalse(f.isRowMajor());
    assertEquals(List.of(0, 2, 3, 1), f.axesInMemoryOrder());
  }

  @Test
  void aRunOfChannelsIsAMapWithAPitch() {
    Form f = Form.channelsLast(Shape.of(2, 3, 4, 5), 7);
    assertEquals(Optional.of(new MapShape(2, 1, 4, 5, 3, 7)), f.asMap());
    assertFalse(f.isDense());
    assertEquals(39 * 7 + 3, f.span());
  }

  @Test
  void extentsOfOneDoNotCount() {
    assertTrue(Form.channelsLast(Shape.of(4, 6, 1, 1)).isRowMajor());
    assertTrue(Form.rowMajor(Shape.of(4, 1, 3, 2)).asMap().isPresent());
    assertEquals(
        Optional.of(new MapShape(1, 1, 1, 1, 3, 3)), Form.rowMajor(Shape.of(1, 3, 1, 1)).asMap());
    assertFalse(Form.rowMajor(Shape.of(1, 2, 3, 3)).asMap().isPresent());
  }

  @Test
  void otherRanksAreMapsToo() {
    assertEquals(Optional.of(MapShape.dense(2, 1, 1, 1, 9)), Form.rowMajor(Shape.of(2, 9)).asMap());
    assertEquals(
        Optional.of(MapShape.dense(2, 1, 1, 8, 3)), Form.channelsLast(Shape.of(2, 3, 8)).asMap());
    assertEquals(
        Optional.of(MapShape.dense(2, 4, 5, 6, 3)),
        Form.channelsLast(Shape.of(2, 3, 4, 5, 6)).asMap());
  }

  @Test
  void loopsMergeWhatAllWalkAsOne() {
    List<Long> extents = List.of(2L, 3L, 4L);
    List<Long> dense = List.of(12L, 4L, 1L);
    List<Integer> axes = List.of(0, 1, 2);
    Loops one = Loops.over(axes, extents, List.of(dense, dense), _ -> false);
    assertEquals(List.of(24L), one.dims());
    Loops repeated = Loops.over(axes, extents, List.of(dense, List.of(0L, 4L, 1L)), _ -> false);
    assertEquals(List.of(2L, 12L), repeated.dims());
    assertEquals(List.of(List.of(12L, 1L), List.of(0L, 1L)), repeated.strides());
    Loops apart = Loops.over(axes, extents, List.of(dense, dense), axis -> axis == 1);
    assertEquals(List.of(2L, 3L, 4L), apart.dims());
    assertEquals(List.of(1L), Loops.over(List.of(), extents, List.of(dense), _ -> false).dims());
  }
}
