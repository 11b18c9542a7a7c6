package io.convlens.cli;

import io.convlens.graph.PixelBox;
import io.convlens.image.Picture;
import io.convlens.network.PictureSet;
import io.convlens.report.OcclusionFigures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What the network looks at, one after another: nothing is held but what is looked at. */
interface Inputs extends PictureSet, AutoCloseable {
  /** What people call one: a file's name, or {@code x.npy[17]}. */
  String name(int index);

  /** What one's files are called, if they can be told apart so. */
  default String stem(int index) {
    return OcclusionFigures.stem(name(index));
  }

  /** One as a picture, as the network sees it. */
  Picture shown(int index);

  /** What rectangles of the network's input were made from, at the original's own resolution. */
  List<Picture> originals(int index, List<PixelBox> boxes);

  /**
   * Where a rectangle of the original lies in the network's input, clipped to it. What is fed as it
   * is is its own original.
   */
  PixelBox inInput(int index, PixelBox ofOriginal);

  /** Whether colours come to the network as blue, green, red, as far as is known. */
  default boolean blueFirst() {
    return false;
  }

  @Override
  void close();

  /** All names in order. */
  default List<String> names() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count(); i++) {
      names.add(name(i));
    }
    return names;
  }

  /**
   * What each one's files start with: its name without the ending; with it where two would be the
   * same, and a number where even that does not tell them apart.
   */
  default List<String> stems() {
    List<String> stems = new ArrayList<>();
    List<String> wishes = IntStream.range(0, count()).mapToObj(this::stem).toList();
    Map<String, Integer> wished = new HashMap<>();
    wishes.forEach(w -> wished.merge(w.toLowerCase(Locale.ROOT), 1, Integer::sum));
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < count(); i++) {
      String stem = wishes.get(i);
      boolean alone = wished.get(stem.toLowerCase(Locale.ROOT)) == 1;
      String whole = alone ? stem : name(i).replaceAll("[^\\p{L}\\p{N}._#-]", "_");
      String unique = whole;
      for (int n = 2; !taken.add(unique.toLowerCase(Locale.ROOT)); n++) {
        unique = whole + "-" + n;
      }
      stems.add(unique);
    }
    return stems;
  }
}
