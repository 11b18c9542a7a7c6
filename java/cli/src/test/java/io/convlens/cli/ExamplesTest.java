package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.tensor.Npy;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  /** A number a layer for units, directions and pictures drawn blindly, all shares. */
  @Test
  void unitsOrDirections() throws Exception {
    Path photos = pictures.getFirst().getParent();
    List<String> lines = run("UnitsOrDirections.java", model, "unit", photos);
    assertEquals("layer,units,directions,blind", lines.getFirst());
    assertTrue(lines.size() > 5, lines.toString());
    String[] last = lines.getLast().split(",", -1);
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertEquals(last[3], cells[3]);
      for (int i = 1; i < 4; i++) {
        double share = Double.parseDouble(cells[i]);
        assertTrue(share > 0 && share <= 1, line);
      }
    }
    // The last layer's units are the classes themselves.
    assertTrue(Double.parseDouble(last[1]) >= Double.parseDouble(last[3]), lines.toString());
  }

  /** The command occlusion, with the side that is printed, finds the class that is printed. */
  @Test
  void howWideAPatch() throws Exception {
    List<String> lines = run("HowWideAPatch.java", model, "unit", pictures.get(0));
    assertEquals("picture,says,side,share,becomes", lines.getFirst());
    String[] cells = lines.get(1).split(",", -1);
    assertEquals(pictures.getFirst().getFileName().toString(), cells[0]);
    int side = Integer.parseInt(cells[2]);
    assertTrue(othersOf(side) > 0, lines.toString());
    assertEquals(othersOf(side), Double.parseDouble(cells[3]), 1e-3);
    assertEquals(0, side == 4 ? 0 : othersOf(side / 2), lines.toString());
  }

  /** The share of a patch's places where the class is not the picture's own. */
  private double othersOf(int side) throws IOException {
    Workplace work = Workplace.of(folder, model);
    Object[] args = {"--image", pictures.getFirst(), "--preprocess", "unit", "--all-classes"};
    List<Object> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--patch", side, "--stride", side / 2));
    work.good("occlusion", all.toArray());
    JsonNode json = work.json("occlusion.json");
    int places = json.get("rows").asInt() * json.get("cols").asInt();
    try (Npy.Reader reader = Npy.reader(work.out().resolve("class-scores.npy"));
        Tensor scores = Tensor.zeros(reader.shape())) {
      reader.read(0, scores);
      int kinds = (int) scores.size() / places;
      int target = json.at("/target/0").asInt();
      int others = 0;
      for (int p = 0; p < places; p++) {
        for (int c = 0; c < kinds; c++) {
          if (scores.get((long) p * kinds + c) > scores.get((long) p * kinds + target)) {
            others++;
            break;
          }
        }
      }
      return (double) others / places;
    }
  }

  /** A network agrees with itself wholly, and with its view of another picture it does not. */
  @Test
  void samePixels() throws Exception {
    List<String> lines =
        run("SamePixels.java", model, model, "unit", pictures.get(0), pictures.get(1));
    assertEquals(
        "picture,first,second,correlation,shared,next-correlation,next-shared", lines.getFirst());
    assertEquals(3, lines.size());
    for (String line : lines.subList(1, 3)) {
      String[] cells = line.split(",", -1);
      assertEquals(cells[1], cells[2]);
      assertEquals("1.000", cells[3]);
      assertEquals("1.000", cells[4]);
      assertTrue(Double.parseDouble(cells[5]) < 1, line);
      assertTrue(Double.parseDouble(cells[6]) < 1, line);
    }
  }

  /** Loaded as snippets, each script's main can be called. */
  @Test
  void everyScriptInJShell() throws Exception {
    List<Path> scripts;
    try (Stream<Path> all = Files.list(EXAMPLES)) {
      scripts = all.filter(f -> f.toString().endsWith(".java")).sorted().toList();
    }
    assertEquals(5, scripts.size());
    for (Path script : scripts) {
      String first = Files.readAllLines(script).getFirst();
      assertEquals("///usr/bin/env jbang \"$0\" \"$@\" ; exit $?", first, script.toString());
      List<String> said = inJShell(script, callOf(script.getFileName().toString()));
      assertTrue(said.stream().anyMatch(l -> l.contains(",")), script + ": " + said);
      assertTrue(said.stream().noneMatch(l -> l.startsWith("|")), script + ": " + said);
    }
  }

  private List<Object> callOf(String script) {
    Path one = pictures.get(0);
    return switch (script) {
      case "WhatLayersKeep.java" -> List.of(model, "unit", one, folder.resolve("kept"));
      case "UnitsOrDirections.java" -> List.of(model, "unit", one.getParent());
      case "SamePixels.java" -> List.of(model, model, "unit", one, pictures.get(1));
      default -> List.of(model, "unit", one);
    };
  }

  private List<String> inJShell(Path script, List<Object> args) throws Exception {
    String call =
        args.stream()
            .map(a -> "\"" + a + "\"")
            .collect(Collectors.joining(", ", "main(new String[] {", "});\n"));
    Path input = Files.writeString(folder.resolve("call.jsh"), call + "/exit\n");
    Path said = folder.resolve("stdout");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jshell").toString());
    command.addAll(List.of("-s", "-R--enable-native-access=ALL-UNNAMED"));
    command.add("-R-Djava.awt.headless=true");
    command.addAll(List.of("--class-path", System.getProperty("java.class.path")));
    command.addAll(List.of(script.toString(), input.toString()));
    Process process =
        new ProcessBuilder(command).redirectOutput(said.toFile()).redirectErrorStream(true).start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), script.toString());
    return Files.readAllLines(said);
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
