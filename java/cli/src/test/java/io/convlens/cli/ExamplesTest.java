package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The scripts in {@code java/examples} run as their first lines say, on the built-in network. */
final class ExamplesTest {
  private static final Path EXAMPLES = Path.of("../examples");

  @TempDir Path folder;
  private Path model;
  private List<Path> pictures;

  @BeforeEach
  void files() {
    DemoMaterial material = DemoMaterial.read();
    material.unpack(folder);
    model = folder.resolve(DemoMaterial.MODEL);
    pictures = material.pictures().stream().map(folder::resolve).toList();
  }

  /** Runs a script by {@code java} alone and gives what it printed. */
  private List<String> run(String script, Object... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(EXAMPLES.resolve(script).toString());
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Path said = folder.resolve("stdout");
    Path errors = folder.resolve("stderr");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(said.toFile())
            .redirectError(errors.toFile())
            .start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), script);
    assertEquals(0, process.exitValue(), Files.readString(errors));
    return Files.readAllLines(said);
  }

  @Test
  void whatLayersKeep() throws Exception {
    Path out = folder.resolve("kept");
    List<String> lines = run("WhatLayersKeep.java", model, "unit", pictures.getFirst(), out);
    List<String> table = Files.readAllLines(out.resolve("kept.csv"));
    assertEquals("layer,error,pixels", table.getFirst());
    assertEquals(table.subList(1, table.size()), lines);
    assertTrue(table.size() > 3, table.toString());
    double first = Double.parseDouble(table.get(1).split(",", -1)[2]);
    double last = Double.parseDouble(table.getLast().split(",", -1)[2]);
    assertTrue(first < last, table.toString());
    assertTrue(Files.exists(out.resolve("conv1.png")));
  }

  /** The command fool finds a change within the limit that the script gives, too. */
  @Test
  void howRobust() throws Exception {
    List<String> lines = run("HowRobust.java", model, "unit", pictures.get(0), pictures.get(1));
    assertEquals("picture,says,second,limit", lines.getFirst());
    assertEquals(3, lines.size());
    for (int i = 0; i < 2; i++) {
      String[] cells = lines.get(i + 1).split(",", -1);
      assertEquals(pictures.get(i).getFileName().toString(), cells[0]);
      check(pictures.get(i), cells[2], Double.parseDouble(cells[3]));
    }
  }

  private void check(Path picture, String second, double limit) throws IOException {
    Workplace work = Workplace.of(folder, model);
    Object[] args = {"--image", picture, "--preprocess", "unit", "--confidence", "0.5"};
    List<Object> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--target", second, "--epsilon", limit));
    work.good("fool", all.toArray());
    JsonNode entry = work.json("fool.json").at("/pictures/0");
    assertTrue(entry.get("fooled").asBoolean());
    assertTrue(entry.get("linf").asDouble() <= limit);
  }
}
