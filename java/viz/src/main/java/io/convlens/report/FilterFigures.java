package io.convlens.report;

import io.convlens.filter.FilterBank;
import io.convlens.filter.Filters;
import io.convlens.image.Picture;
import io.convlens.render.ColorMap;
import io.convlens.render.Sheet;
import io.convlens.render.ValueScale;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Draws filters: in colour where they have three channels, grey and coloured ones apart; else each
 * as a grid of its channels' kernels. Each filter has a scale of its own, 0 in the middle; idle
 * ones are struck out.
 *
 * @param most how many filters are drawn
 * @param blueFirst whether the channels of a picture come as blue, green, red
 */
public record FilterFigures(int most, boolean blueFirst) {
  /** The side that a filter of three channels comes near to. */
  private static final int SIDE = 64;

  /** The side that a grid of kernels comes near to. */
  private static final int GRID_SIDE = 160;

  /** Kernels drawn of a filter, and how many stand in a row. */
  private static final int KERNELS = 64;

  private static final int KERNELS_ACROSS = 8;

  private static final int GAP = 0xffffff;
  private static final int GREY = 128;
  private static final int SWING = 127;

  /** The layer's sheet. */
  public Picture sheet(Filters filters) {
    FilterBank bank = filters.bank();
    List<Sheet.Block> blocks = new ArrayList<>();
    List<Integer> order = filters.bySmoothness().stream().limit(most).toList();
    if (bank.channels() == 3) {
      block("Grey", order, filters.grey(), filters).ifPresent(blocks::add);
      block("Coloured", order, filters.coloured(), filters).ifPresent(blocks::add);
    } else if (bank.groups() > 1 && bank.groups() < bank.count()) {
      for (int g = 0; g < bank.groups(); g++) {
        int each = bank.count() / bank.groups();
        int group = g;
        List<Integer> members = order.stream().filter(k -> k / each == group).toList();
        block("Group " + (g + 1), order, members, filters).ifPresent(blocks::add);
      }
    } else {
      block("", order, order, filters).ifPresent(blocks::add);
    }
    String title = bank.layer() + ", filters " + bank.shape();
    return new Sheet(title, notes(filters), Optional.empty(), blocks).draw();
  }

  private List<String> notes(Filters filters) {
    List<String> notes = new ArrayList<>();
    notes.add(filters.verdict());
    notes.add(
        "From the least to the most noise; under each its number and noise."
            + (filters.nearZero().isEmpty() ? "" : " Struck out: near zero."));
    if (!filters.nearDuplicates().isEmpty()) {
      StringBuilder pairs = new StringBuilder("Near-duplicates:");
      filters.nearDuplicates().stream()
          .limit(12)
          .forEach(p -> pairs.append(' ').append(p.first()).append('=').append(p.second()));
      notes.add(pairs.toString());
    }
    if (filters.bank().count() > most) {
      notes.add("the first %d of %d in this order".formatted(most, filters.bank().count()));
    }
    if (filters.bank().channels() > KERNELS) {
      notes.add("the first %d of %d channels".formatted(KERNELS, filters.bank().channels()));
    }
    return notes;
  }

  private Optional<Sheet.Block> block(
      String heading, List<Integer> order, List<Integer> members, Filters filters) {
    List<Sheet.Tile> tiles = new ArrayList<>();
    for (int k : order) {
      if (members.contains(k)) {
        String label = String.format(Locale.ROOT, "%d  %.2f", k, filters.scores().get(k).noise());
        tiles.add(
            new Sheet.Tile(picture(filters.bank(), k), label, filters.nearZero().contains(k)));
      }
    }
    return tiles.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Sheet.Block(heading, Sheet.columns(tiles.getFirst().picture().width()), tiles));
  }

  private Picture picture(FilterBank bank, int filter) {
    return bank.channels() == 3
        ? Sheet.sized(coloured(bank, filter), SIDE)
        : Sheet.sized(kernels(bank, filter), GRID_SIDE);
  }

  private static double reach(FilterBank bank, int filter) {
    int size = bank.channels() * bank.height() * bank.width();
    double reach = 0;
    for (int i = filter * size; i < (filter + 1) * size; i++) {
      reach = Math.max(reach, Math.abs(bank.weights()[i]));
    }
    return reach > 0 ? reach : 1;
  }

  private Picture coloured(FilterBank bank, int filter) {
    int places = bank.height() * bank.width();
    double reach = reach(bank, filter);
    byte[] rgb = new byte[3 * places];
    for (int c = 0; c < 3; c++) {
      int sample = blueFirst ? 2 - c : c;
      for (int i = 0; i < places; i++) {
        double w = bank.weights()[(filter * 3 + c) * places + i] / reach;
        rgb[3 * i + sample] = (byte) Math.rint(GREY + SWING * w);
      }
    }
    return Picture.ofRgb("filter " + filter, bank.width(), bank.height(), rgb);
  }

  /** The kernels side by side with a white line between them. */
  private static Picture kernels(FilterBank bank, int filter) {
    int drawn = Math.min(bank.channels(), KERNELS);
    int across = Math.min(drawn, KERNELS_ACROSS);
    int down = (drawn + across - 1) / across;
    int cellWidth = bank.width() + 1;
    int cellHeight = bank.height() + 1;
    int width = across * cellWidth - 1;
    int height = down * cellHeight - 1;
    double reach = reach(bank, filter);
    var scale = new ValueScale(ColorMap.BLUE_RED, -reach, reach);
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) GAP);
    int places = bank.height() * bank.width();
    for (int c = 0; c < drawn; c++) {
      int start = (filter * bank.channels() + c) * places;
      for (int i = 0; i < places; i++) {
        int x = c % across * cellWidth + i % bank.width();
        int y = c / across * cellHeight + i / bank.width();
        int colour = scale.rgb(bank.weights()[start + i]);
        rgb[3 * (y * width + x)] = (byte) (colour >> 16);
        rgb[3 * (y * width + x) + 1] = (byte) (colour >> 8);
        rgb[3 * (y * width + x) + 2] = (byte) colour;
      }
    }
    return Picture.ofRgb("filter " + filter, width, height, rgb);
  }
}
