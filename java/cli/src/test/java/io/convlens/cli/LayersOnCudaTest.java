package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The commands about layers and sets on the emulated GPU, in processes of their own, against the
 * CPU. {@code -Dconvlens.emulator} is the emulator's folder.
 */
final class LayersOnCudaTest {
  private static final String EMULATOR = System.getProperty("convlens.emulator", "");
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;
  private Path model;
  private Path pictures;

  @BeforeEach
  void files() throws IOException {
    assumeTrue(!EMULATOR.isEmpty(), "no CUDA emulator: ci/test builds it where CMake and g++ are");
    model = TinyNetwork.write(folder.resolve("net.onnx"));
    pictures = Workplace.of(folder, model).pictures(9, 20, 24);
  }

  /** Runs a command on a device; its folder is what comes back. */
  private Workplace run(String device, String name, Object... args) throws Exception {
    var work = new Workplace(folder, model, folder.resolve(name + "-" + device));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.convlens.cli.ConvLens", name, "--model", model.toString()));
    command.addAll(List.of("--device", device, "--out", work.out().toString()));
    Arrays.stream(args).map(Object::toString).forEach(command::add);
    Path said = folder.resolve("said");
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CONVLENS_CUDA_LIBS", EMULATOR);
    Process process = builder.redirectOutput(said.toFile()).start();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), name);
    assertEquals(0, process.exitValue(), Files.readString(said));
    return work;
  }

  /** Equal in all but the last digits of numbers. */
  private static void compare(JsonNode a, JsonNode b, String where) {
    assertEquals(a.getNodeType(), b.getNodeType(), where);
    assertEquals(a.size(), b.size(), where);
    if (a.isObject()) {
      a.propertyNames().forEach(key -> compare(a.get(key), b.get(key), where + "/" + key));
    } else if (a.isArray()) {
      for (int i = 0; i < a.size(); i++) {
        compare(a.get(i), b.get(i), where + "/" + i);
      }
    } else if (a.isNumber()) {
      double near = TOLERANCE * Math.max(1, Math.abs(a.asDouble()));
      assertEquals(a.asDouble(), b.asDouble(), near, where);
    } else {
      assertEquals(a, b, where);
    }
  }

  private void isAsOnTheCpu(String name, Object... args) throws Exception {
    JsonNode cpu = run("cpu", name, args).json(name + ".json");
    JsonNode cuda = run("cuda", name, args).json(name + ".json");
    assertTrue(
        cuda.get("device").toString().toLowerCase(Locale.ROOT).contains("cuda"), cuda.toString());
    compare(cpu.get("layers"), cuda.get("layers"), name);
  }

  @Test
  void top() throws Exception {
    isAsOnTheCpu("top", "--images", pictures, "--layer", "all", "--k", 4, "--random", 3);
    isAsOnTheCpu("top", "--images", pictures, "--layer", "all", "--by", "p75");
    isAsOnTheCpu("top", "--images", pictures, "--layer", "all", "--by", "mean");
  }

  @Test
  void activations() throws Exception {
    isAsOnTheCpu("activations", "--images", pictures);
  }

  @Test
  void filters() throws Exception {
    isAsOnTheCpu("filters");
  }

  /** By a layer of the network, and by codes alone; as long as both follow the same path. */
  @Test
  void embed() throws Exception {
    JsonNode cpu = embedding("cpu", "--images", pictures, "--layer", "open");
    JsonNode cuda = embedding("cuda", "--images", pictures, "--layer", "open");
    Path codes = folder.resolve("embed-cpu").resolve("codes.npy");
    JsonNode ofCodes = embedding("cuda:0", "--codes", codes);
    for (String figure : List.of("kl", "trustworthiness", "neighboursKept")) {
      compare(cpu.get(figure), cuda.get(figure), figure);
      compare(cpu.get(figure), ofCodes.get(figure), figure + " of codes");
    }
  }

  private JsonNode embedding(String device, Object... args) throws Exception {
    List<Object> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--iterations", 10));
    return run(device, "embed", all.toArray()).json("embedding.json");
  }

  @Test
  void report() throws Exception {
    Workplace cuda = run("cuda", "report", "--images", pictures, "--shown", 1);
    String page = Files.readString(cuda.out().resolve("index.html"));
    for (String name :
        List.of("prediction", "occlusion", "saliency", "evaluation", "layers", "filters", "top")) {
      assertTrue(page.contains("<section id=\"" + name + "\">"), name);
    }
  }
}
