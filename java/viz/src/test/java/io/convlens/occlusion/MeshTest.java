package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Meshes of positions: what is between known ones, and where they are refined. */
final class MeshTest {
  /** Linear down and across: nothing is lost between known positions. */
  @ParameterizedTest
  @CsvSource({"1,1", "1,9", "2,2", "4,7", "5,5", "13,10", "53,53"})
  void whatIsLinearIsFoundAgain(int rows, int cols) {
    var mesh = new Mesh(rows, cols, 2);
    float[] wanted = new float[rows * cols * 2];
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < cols; x++) {
        wanted[(y * cols + x) * 2] = 3 * y - 2 * x + 1;
        wanted[(y * cols + x) * 2 + 1] = x;
      }
    }
    float[] known = new float[wanted.length];
    for (int p : mesh.first()) {
      known[2 * p] = wanted[2 * p];
      known[2 * p + 1] = wanted[2 * p + 1];
    }
    mesh.know(mesh.first());
    assertEquals(mesh.first().size(), mesh.count());
    assertArrayEquals(wanted, mesh.filled(known, 2), 1e-4f);
  }

  @Test
  void itIsFineOnlyWhereValuesDiffer() {
    int side = 17;
    float[] values = new float[side * side];
    for (int p = 0; p < values.length; p++) {
      values[p] = p / side < 5 && p % side < 5 ? 1 : 0;
    }
    var mesh = new Mesh(side, side, 2);
    mesh.know(mesh.first());
    List<Integer> first = mesh.refine(values, 0.5);
    assertTrue(first.contains(2 * side + 6));
    assertFalse(first.contains(14 * side + 14));
    assertEquals(List.of(), mesh.refine(values, 1.5));
    mesh.know(first);
    List<Integer> second = mesh.refine(values, 0.5);
    assertTrue(second.contains(5 * side + 3));
    assertFalse(second.contains(7 * side + 3), "beyond the edge all is equal");
    mesh.know(second);
    assertEquals(List.of(), mesh.refine(values, 0.5), "the edge is as fine as it can be");
    assertTrue(mesh.spreads(values).contains(0.0), "flat cells could be refined yet");
    assertTrue(mesh.count() < side * side / 2);
    assertArrayEquals(values, mesh.filled(values, 1), "the edge was found");
  }

  @Test
  void whereAllIsKnownNothingIsBetween() {
    float[] values = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
    var mesh = new Mesh(2, 5, 1);
    mesh.know(mesh.first());
    mesh.know(mesh.unknown());
    assertEquals(10, mesh.count());
    assertEquals(List.of(), mesh.unknown());
    assertArrayEquals(values, mesh.filled(values, 1));
  }
}
