package io.convlens.cli;

import io.convlens.device.Precision;
import io.convlens.occlusion.Approximation;
import io.convlens.occlusion.Mode;
import io.convlens.occlusion.OcclusionMap;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a run over a folder keeps of a picture that it is done with: a line of its journal. */
sealed interface SweepEntry {
  /** What the picture's file held. */
  FilePrint print();

  /**
   * A picture that was swept over.
   *
   * @param input the shape that it became
   * @param checksum of its parts of all arrays
   */
  record Swept(FilePrint print, List<Integer> input, SweptPicture picture, long checksum)
      implements SweepEntry {
    /** Copies the list. */
    public Swept {
      input = List.copyOf(input);
    }
  }

  /**
   * A picture that can't be used.
   *
   * @param image what people call it
   * @param reason file and reason, in one line
   */
  record Skipped(FilePrint print, String image, String reason) implements SweepEntry {}

  JsonMapper MAPPER = JsonMapper.builder().build();

  /** The entry as a line, with a checksum before it: a line that was not written whole is none. */
  default String line() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("print", print().sha256());
    switch (this) {
      case Swept s -> {
        OcclusionMap.Work work = s.picture.work();
        all.put("image", s.picture.image());
        all.put("input", s.input);
        all.put("target", s.picture.target());
        all.put("base", Float.floatToRawIntBits(s.picture.base()));
        all.put("least", Float.floatToRawIntBits(s.picture.least()));
        all.put("engine", work.engine().toString());
        work.why().ifPresent(why -> all.put("why", why));
        all.put("macsRun", work.macsRun());
        all.put("macsFull", work.macsFull());
        all.put("seconds", work.seconds());
        work.approximation()
            .ifPresent(
                a -> {
                  all.put("windowShare", a.windowShare());
                  all.put("deltaPrecision", a.precision().name());
                  all.put("computed", a.computed());
                  all.put("sample", a.sample());
                  all.put("meanError", a.meanError());
                  all.put("maxError", a.maxError());
                  all.put("allowed", a.allowed());
                });
        all.put("checksum", s.checksum);
      }
      case Skipped s -> {
        all.put("image", s.image);
        all.put("reason", s.reason);
      }
    }
    String text = MAPPER.writeValueAsString(all);
    return checksum(text) + " " + text + "\n";
  }

  /** An entry's line without its end, if it is whole. */
  static Optional<SweepEntry> parse(String line) {
    int space = line.indexOf(' ');
    if (space < 0 || !checksum(line.substring(space + 1)).equals(line.substring(0, space))) {
      return Optional.empty();
    }
    try {
      return Optional.of(of(MAPPER.readTree(line.substring(space + 1))));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private static SweepEntry of(JsonNode n) {
    var print = new FilePrint(n.get("print").asString());
    String image = n.get("image").asString();
    if (n.has("reason")) {
      return new Skipped(print, image, n.get("reason").asString());
    }
    var work =
        new OcclusionMap.Work(
            Mode.valueOf(n.get("engine").asString().toUpperCase(Locale.ROOT)),
            n.has("why") ? Optional.of(n.get("why").asString()) : Optional.empty(),
            n.get("macsRun").asLong(),
            n.get("macsFull").asLong(),
            n.get("seconds").asDouble(),
            n.has("windowShare") ? Optional.of(approximation(n)) : Optional.empty());
    var picture =
        new SweptPicture(
            image,
            n.get("target").asInt(),
            Float.intBitsToFloat(n.get("base").asInt()),
            Float.intBitsToFloat(n.get("least").asInt()),
            work);
    List<Integer> input =
        StreamSupport.stream(n.get("input").spliterator(), false).map(JsonNode::asInt).toList();
    return new Swept(print, input, picture, n.get("checksum").asLong());
  }

  private static Approximation approximation(JsonNode n) {
    return new Approximation(
        n.get("windowShare").asDouble(),
        Precision.valueOf(n.get("deltaPrecision").asString()),
        n.get("computed").asInt(),
        n.get("sample").asInt(),
        n.get("meanError").asDouble(),
        n.get("maxError").asDouble(),
        n.get("allowed").asDouble());
  }

  private static String checksum(String text) {
    var sum = new CRC32C();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return "%08x".formatted(sum.getValue());
  }
}
