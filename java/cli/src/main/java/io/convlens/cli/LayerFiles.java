package io.convlens.cli;

import io.convlens.activation.TappedLayer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the files of several layers are called. */
final class LayerFiles {
  private LayerFiles() {}

  /** The names without those that were given before. */
  static List<String> distinct(List<String> names) {
    return names.stream().distinct().toList();
  }

  /** One a layer, in order; numbered where two would be the same. */
  static List<String> names(List<TappedLayer> layers) {
    return unique(layers.stream().map(TappedLayer::asked).toList());
  }

  /** A file's name for each layer's name; numbered where two would be the same. */
  static List<String> unique(List<String> layers) {
    Set<String> taken = new HashSet<>();
    List<String> names = new ArrayList<>();
    for (String layer : layers) {
      String plain = layer.replaceAll("[^A-Za-z0-9._#-]", "_");
      String name = plain;
      for (int n = 2; !taken.add(name.toLowerCase(Locale.ROOT)); n++) {
        name = plain + "-" + n;
      }
      names.add(name);
    }
    return names;
  }
}
