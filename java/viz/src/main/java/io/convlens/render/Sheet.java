package io.convlens.render;

import io.convlens.image.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Many small pictures in rows, each with a word under it: the channels of a layer, filters,
 * patches.
 *
 * @param title the heading
 * @param notes lines under it
 * @param scale what the colours stand for, where that is one thing for all
 * @param blocks from top to bottom
 */
public record Sheet(
    String title, List<String> notes, Optional<ValueScale> scale, List<Block> blocks) {
  /**
   * Pictures that belong together.
   *
   * @param heading a line above them, or empty
   * @param columns how many stand in a row
   * @param tiles row by row
   */
  public record Block(String heading, int columns, List<Tile> tiles) {
    /** Copies the list. */
    public Block {
      tiles = List.copyOf(tiles);
    }
  }

  /**
   * A small picture, drawn at its own size.
   *
   * @param picture what to show
   * @param label a word under it
   * @param crossed whether it is struck out
   */
  public record Tile(Picture picture, String label, boolean crossed) {}

  /** Fits, with tiles of usual sizes, on a screen's width. */
  public static final int GOOD_WIDTH = 1120;

  private static final int PAPER = 0xffffff;
  private static final int INK = 0x1c1f24;
  private static final int FAINT_INK = 0x59606b;
  private static final int STRIKE = 0xd0342c;
  private static final int MARGIN = 24;
  private static final int GAP = 6;
  private static final int LINE = 18;
  private static final int LABEL = 14;
  private static final int BAR_WIDTH = 180;
  private static final int BAR_HEIGHT = 12;
  private static final int LEAST_WIDTH = 420;
  private static final StrokeFont TITLE = new StrokeFont(14, 0.145);
  private static final StrokeFont TEXT = new StrokeFont(9.5, 0.125);
  private static final StrokeFont SMALL = new StrokeFont(7.5, 0.13);

  /** Copies the lists. */
  public Sheet {
    notes = List.copyOf(notes);
    blocks = List.copyOf(blocks);
  }

  /**
   * A picture at a size for a tile: small ones enlarged by whole numbers, pixel by pixel, large
   * ones made smaller.
   *
   * @param side the longer side to come near to and not beyond
   */
  public static Picture sized(Picture picture, int side) {
    int longer = Math.max(picture.width(), picture.height());
    if (longer > side) {
      double factor = (double) side / longer;
      return picture.resized(
          (int) Math.max(1, Math.rint(picture.width() * factor)),
          (int) Math.max(1, Math.rint(picture.height() * factor)));
    }
    return enlarged(picture, side / longer);
  }

  private static Picture enlarged(Picture picture, int factor) {
    if (factor == 1) {
      return picture;
    }
    int width = picture.width() * factor;
    int height = picture.height() * factor;
    byte[] from = picture.toRgb();
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int source = 3 * (y / factor * picture.width() + x / factor);
        System.arraycopy(from, source, rgb, 3 * (y * width + x), 3);
      }
    }
    return Picture.ofRgb(picture.name(), width, height, rgb);
  }

  /** How many tiles of a width stand side by side on a sheet of a good width; 1 at least. */
  public static int columns(int tileWidth) {
    return Math.max(1, (GOOD_WIDTH - 2 * MARGIN + GAP) / (tileWidth + GAP));
  }

  /** The sheet as a picture. */
  public Picture draw() {
    List<Integer> tops = new ArrayList<>();
    int inner = LEAST_WIDTH - 2 * MARGIN;
    for (Block block : blocks) {
      inner = Math.max(inner, width(block));
    }
    List<String> lines = new ArrayList<>();
    for (String note : notes) {
      lines.addAll(TEXT.wrapped(note, inner));
    }
    int y = MARGIN + LINE + 6 + lines.size() * LINE + (scale.isPresent() ? LINE + 10 : 4);
    for (Block block : blocks) {
      tops.add(y);
      y += height(block) + GAP;
    }
    Canvas canvas = new Canvas(inner + 2 * MARGIN, y + MARGIN - GAP, PAPER);
    TITLE.draw(canvas, MARGIN, MARGIN + 14, TITLE.fitted(title, inner), INK);
    int baseline = MARGIN + LINE + 20;
    for (String line : lines) {
      TEXT.draw(canvas, MARGIN, baseline, line, FAINT_INK);
      baseline += LINE;
    }
    int bar = baseline - 8;
    scale.ifPresent(s -> bar(canvas, s, bar));
    for (int i = 0; i < blocks.size(); i++) {
      draw(canvas, blocks.get(i), tops.get(i), inner);
    }
    return canvas.toPicture(title);
  }

  private static void bar(Canvas canvas, ValueScale scale, int top) {
    String low = number(scale.low());
    String high = number(scale.high());
    int left = MARGIN + (int) Math.ceil(TEXT.width(low)) + 8;
    TEXT.draw(canvas, MARGIN, top + 11, low, FAINT_INK);
    for (int x = 0; x < BAR_WIDTH; x++) {
      int rgb = scale.colors().rgb((double) x / (BAR_WIDTH - 1));
      canvas.fill(left + x, top, 1, BAR_HEIGHT, rgb);
    }
    TEXT.draw(canvas, left + BAR_WIDTH + 8.0, top + 11, high, FAINT_INK);
  }

  private static String number(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, "%.3g", value);
  }

  private static int tileWidth(Block block) {
    return block.tiles().stream().mapToInt(t -> t.picture().width()).max().orElse(0);
  }

  private static int tileHeight(Block block) {
    return block.tiles().stream().mapToInt(t -> t.picture().height()).max().orElse(0);
  }

  private static boolean isLabelled(Block block) {
    return block.tiles().stream().anyMatch(t -> !t.label().isEmpty());
  }

  private static int width(Block block) {
    int across = Math.min(block.columns(), Math.max(1, block.tiles().size()));
    return across * (tileWidth(block) + GAP) - GAP;
  }

  private static int rowHeight(Block block) {
    return tileHeight(block) + GAP + (isLabelled(block) ? LABEL : 0);
  }

  private static int height(Block block) {
    int rows = (block.tiles().size() + block.columns() - 1) / block.columns();
    return (block.heading().isEmpty() ? 0 : LINE + 4) + rows * rowHeight(block);
  }

  private static void draw(Canvas canvas, Block block, int top, int inner) {
    int y = top;
    if (!block.heading().isEmpty()) {
      TEXT.draw(canvas, MARGIN, y + 12.0, TEXT.fitted(block.heading(), inner), INK);
      y += LINE + 4;
    }
    int cell = tileWidth(block);
    for (int i = 0; i < block.tiles().size(); i++) {
      int left = MARGIN + i % block.columns() * (cell + GAP);
      draw(canvas, block.tiles().get(i), left, y + i / block.columns() * rowHeight(block), cell);
    }
  }

  private static void draw(Canvas canvas, Tile tile, int left, int top, int cell) {
    Picture picture = tile.picture();
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        canvas.set(left + x, top + y, picture.rgb(x, y));
      }
    }
    if (tile.crossed()) {
      double right = left + picture.width() - 3.0;
      double bottom = top + picture.height() - 3.0;
      canvas.stroke(
          List.of(
              new double[] {left + 3.0, top + 3.0, right, bottom},
              new double[] {left + 3.0, bottom, right, top + 3.0}),
          1.6,
          STRIKE);
    }
    if (!tile.label().isEmpty()) {
      String label = SMALL.fitted(tile.label(), cell + GAP - 2.0);
      SMALL.draw(
          canvas, left, top + picture.height() + 11.0, label, tile.crossed() ? STRIKE : FAINT_INK);
    }
  }
}
