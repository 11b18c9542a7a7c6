package io.convlens.graph;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds layers by what people call them. */
final class Layers {
  private static final Pattern NUMBERED = Pattern.compile("([A-Za-z]+)#(\\d{1,9})");
  private static final int SUGGESTIONS = 3;

  private Layers() {}

  static Layer find(List<Layer> layers, List<Layer> furtherOutputs, String wish) {
    for (Layer l : layers) {
      if (l.name().equals(wish)) {
        return l;
      }
    }
    for (Layer l : layers) {
      if (l.output().equals(wish)) {
        return l;
      }
    }
    for (Layer l : furtherOutputs) {
      if (l.output().equals(wish)) {
        return l;
      }
    }
    Matcher m = NUMBERED.matcher(wish);
    if (m.matches()) {
      int count = Integer.parseInt(m.group(2));
      for (Layer l : layers) {
        if (l.op().equalsIgnoreCase(m.group(1)) && --count == 0) {
          return l;
        }
      }
    }
    throw new UnknownLayerException(wish, closest(layers, wish));
  }

  private static List<String> closest(List<Layer> layers, String wish) {
    List<String> names = new ArrayList<>();
    for (Layer l : layers) {
      names.add(l.name());
      names.add(l.output());
    }
    String lower = wish.toLowerCase(Locale.ROOT);
    return names.stream()
        .distinct()
        .sorted(Comparator.comparingInt(n -> distance(lower, n.toLowerCase(Locale.ROOT))))
        .limit(SUGGESTIONS)
        .toList();
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
