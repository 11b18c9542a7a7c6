package io.convlens.image;

import io.convlens.image.Preprocess.Geometry;
import io.convlens.image.Preprocess.LongSide;
import io.convlens.image.Preprocess.Order;
import io.convlens.image.Preprocess.Size;
import io.convlens.io.UnusableInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the JSON form of a {@link Preprocess}; each key is checked where it is taken. */
final class PreprocessFile {
  private static final long MAX_BYTES = 1 << 20;

  /** Beyond any network's input, and small enough that no product of sides overflows. */
  private static final int MAX_SIDE = 1 << 13;

  private static final List<String> KEYS =
      List.of("resize", "longSide", "crop", "order", "scale", "mean", "std");
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final JsonNode json;

  private PreprocessFile(Path file, JsonNode json) {
    this.file = file;
    this.json = json;
  }

  static Preprocess read(Path file) {
    return new PreprocessFile(file, parse(file)).preprocess();
  }

  private static JsonNode parse(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new UnusableInputException(file, "is a folder");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new UnusableInputException(file, "too large for a preprocessing file");
      }
      return MAPPER.readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new UnusableInputException(file, "no such file", e);
    } catch (IOException e) {
      throw new UnusableInputException(file, "can't be read: " + e.getMessage(), e);
    } catch (JacksonException e) {
      var place = e.getLocation();
      String where =
          place == null
              ? ""
              : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
      throw new UnusableInputException(file, "not JSON: " + e.getOriginalMessage() + where, e);
    }
  }

  private Preprocess preprocess() {
    if (!json.isObject()) {
      throw refused("a JSON object with some of the keys " + KEYS + " is needed");
    }
    var unknown = new TreeSet<>(json.propertyNames());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw refused("unknown key '" + unknown.first() + "'; the keys are " + KEYS);
    }
    return new Preprocess(
        file.toString(),
        geometry(),
        order(),
        json.has("scale") ? notZero("scale", number("scale", json.get("scale"))) : 1,
        numbers("mean", 0),
        numbers("std", 1).stream().map(s -> notZero("std", s)).toList());
  }

  private Geometry geometry() {
    Optional<Size> crop = json.has("crop") ? Optional.of(size("crop")) : Optional.empty();
    if (!json.has("resize")) {
      return crop.<Geometry>map(Geometry.Fill::new)
          .orElseGet(() -> new Geometry.Cover(1, OptionalInt.empty(), longSide()));
    }
    if (json.get("resize").isArray()) {
      Size exact = size("resize");
      crop.ifPresent(c -> checkFits(c, exact.height(), exact.width()));
      return new Geometry.Exact(exact, crop);
    }
    int side = side("resize", json.get("resize"));
    // A crop longer than the short side along one axis fits pictures of that proportion only.
    crop.ifPresent(c -> checkFits(new Size(Math.min(c.height(), c.width()), 1), side, side));
    return new Geometry.ShortSide(side, crop, longSide());
  }

  private LongSide longSide() {
    return switch (word("longSide", "round")) {
      case "round" -> LongSide.ROUNDED;
      case "truncate" -> LongSide.TRUNCATED;
      default ->
          throw refused(
              "\"longSide\" must be \"round\" or \"truncate\", not " + json.get("longSide"));
    };
  }

  /** A key's text; something that no key allows where it is no text. */
  private String word(String key, String without) {
    if (!json.has(key)) {
      return without;
    }
    return json.get(key).isString() ? json.get(key).stringValue() : "";
  }

  private void checkFits(Size crop, int height, int width) {
    if (crop.height() > height || crop.width() > width) {
      throw refused("\"crop\" is larger than \"resize\"");
    }
  }

  private Order order() {
    return switch (word("order", "RGB")) {
      case "RGB" -> Order.RGB;
      case "BGR" -> Order.BGR;
      default -> throw refused("\"order\" must be \"RGB\" or \"BGR\", not " + json.get("order"));
    };
  }

  private Size size(String key) {
    JsonNode node = json.get(key);
    if (!node.isArray()) {
      int side = side(key, node);
      return new Size(side, side);
    }
    if (node.size() != 2) {
      throw refused("\"" + key + "\" must be [height,width], not " + node);
    }
    return new Size(side(key, node.get(0)), side(key, node.get(1)));
  }

  private int side(String key, JsonNode node) {
    if (!node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < 1
        || node.intValue() > MAX_SIDE) {
      throw refused(
          "\"" + key + "\" must hold whole numbers from 1 to " + MAX_SIDE + ", not " + node);
    }
    return node.intValue();
  }

  private List<Double> numbers(String key, double without) {
    if (!json.has(key)) {
      return List.of(without);
    }
    JsonNode node = json.get(key);
    if (!node.isArray()) {
      return List.of(number(key, node));
    }
    if (node.size() != 1 && node.size() != 3) {
      throw refused("\"" + key + "\" must hold 1 or 3 numbers, not " + node.size());
    }
    var list = new ArrayList<Double>();
    node.forEach(n -> list.add(number(key, n)));
    return list;
  }

  private double number(String key, JsonNode node) {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw refused("\"" + key + "\" must hold numbers, not " + node);
    }
    return node.doubleValue();
  }

  private double notZero(String key, double value) {
    if (value == 0) {
      throw refused("\"" + key + "\" must not be 0");
    }
    return value;
  }

  private UnusableInputException refused(String reason) {
    return new UnusableInputException(file, reason);
  }
}
