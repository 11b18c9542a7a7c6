package io.convlens.cli;

import io.convlens.graph.PixelBox;
import io.convlens.io.UnusableInputException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where pictures show their class: {@code {"cat.png": [[x0,y0,x1,y1], …], …}}, or lines {@code
 * image,x0,y0,x1,y1} under a heading of these words. In pixels of the original, ends exclusive.
 */
final class BoxFile {
  private static final String HEADING = "image,x0,y0,x1,y1";

  private final Path file;
  private final Map<String, List<PixelBox>> boxes = new HashMap<>();

  private BoxFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @return boxes by the pictures' names
   * @throws UnusableInputException if it can't be read, or a box is none
   */
  static Map<String, List<PixelBox>> read(Path file) {
    var read = new BoxFile(file);
    String text = text(file);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".csv")) {
      read.lines(text);
    } else {
      read.json(text);
    }
    return read.boxes;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new UnusableInputException(file, "no such file", e);
    } catch (MalformedInputException e) {
      throw new UnusableInputException(file, "not UTF-8 text", e);
    } catch (IOException e) {
      throw new UnusableInputException(file, "can't be read: " + e.getMessage(), e);
    }
  }

  private void lines(String text) {
    List<String> lines = text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    if (lines.isEmpty() || !lines.getFirst().replace(" ", "").equals(HEADING)) {
      throw new UnusableInputException(file, "the first line must be " + HEADING);
    }
    for (String line : lines.subList(1, lines.size())) {
      int numbers = line.length();
      for (int i = 0; i < 4 && numbers >= 0; i++) {
        numbers = line.lastIndexOf(',', numbers - 1);
      }
      if (numbers <= 0) {
        throw new UnusableInputException(file, "'" + line + "' is no " + HEADING);
      }
      String[] parts = line.substring(numbers + 1).split(",", -1);
      List<Integer> ends = new ArrayList<>();
      for (String part : parts) {
        if (!part.strip().matches("-?\\d{1,9}")) {
          throw new UnusableInputException(file, "'" + line + "': whole numbers are needed");
        }
        ends.add(Integer.valueOf(part.strip()));
      }
      add(line.substring(0, numbers), ends);
    }
  }

  private void json(String text) {
    JsonNode all;
    try {
      all = new JsonMapper().readTree(text);
    } catch (JacksonException e) {
      throw new UnusableInputException(file, "not JSON: " + e.getOriginalMessage(), e);
    }
    if (!all.isObject()) {
      throw new UnusableInputException(file, "an object of pictures and their boxes is needed");
    }
    all.forEachEntry(
        (image, list) -> {
          for (JsonNode box : list) {
            List<Integer> ends = new ArrayList<>();
            for (JsonNode end : box) {
              if (!end.canConvertToInt()) {
                throw new UnusableInputException(file, image + ": whole numbers are needed");
              }
              ends.add(end.intValue());
            }
            add(image, ends);
          }
        });
  }

  private void add(String image, List<Integer> ends) {
    if (ends.size() != 4 || ends.get(0) >= ends.get(2) || ends.get(1) >= ends.get(3)) {
      throw new UnusableInputException(
          file, image + ": " + ends + " is no box x0,y0,x1,y1 with x0 < x1 and y0 < y1");
    }
    boxes
        .computeIfAbsent(image, _ -> new ArrayList<>())
        .add(new PixelBox(ends.get(0), ends.get(1), ends.get(2), ends.get(3)));
  }
}
