package io.convlens.report;

import io.convlens.image.Picture;
import io.convlens.render.Sheet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Draws the patches that excite units most: a row a unit, best first, the value under each. */
public record TopFigures() {
  /** The side that patches come near to. */
  private static final int SIDE = 96;

  /**
   * A unit and its patches.
   *
   * @param heading what it is called
   * @param patches best first
   */
  public record Row(String heading, List<Patch> patches) {
    /** Copies the list. */
    public Row {
      patches = List.copyOf(patches);
    }
  }

  /**
   * What a unit saw.
   *
   * @param picture cut out of the original
   * @param value of the unit
   * @param view what of it the unit answers to, if that is to be seen
   */
  public record Patch(Picture picture, double value, Optional<Picture> view) {}

  /**
   * A layer's sheet.
   *
   * @param title the layer's name and more
   * @param rows its units in order, of which the first are drawn
   * @param all how many units it has
   */
  public Picture sheet(String title, List<Row> rows, int all) {
    List<String> notes = new ArrayList<>();
    notes.add("Best first; under each patch the unit's value.");
    if (rows.size() < all) {
      notes.add("the first %d of %d".formatted(rows.size(), all));
    }
    List<Sheet.Block> blocks = new ArrayList<>();
    for (Row row : rows) {
      List<Sheet.Tile> tiles = new ArrayList<>();
      for (Patch patch : row.patches()) {
        String value = String.format(Locale.ROOT, "%.3g", patch.value());
        tiles.add(new Sheet.Tile(Sheet.sized(patch.picture(), SIDE), value, false));
      }
      int columns = Math.max(1, tiles.size());
      for (Patch patch : row.patches()) {
        Picture of = Sheet.sized(patch.picture(), SIDE);
        patch
            .view()
            .map(v -> v.resized(of.width(), of.height()))
            .ifPresent(v -> tiles.add(new Sheet.Tile(v, "", false)));
      }
      blocks.add(new Sheet.Block(row.heading(), columns, tiles));
    }
    return new Sheet(title, notes, Optional.empty(), blocks).draw();
  }
}
