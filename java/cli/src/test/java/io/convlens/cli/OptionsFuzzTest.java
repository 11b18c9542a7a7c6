package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.render.Png;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Options at random: whatever is given, a documented exit code and one line. */
final class OptionsFuzzTest {
  private static final Set<Integer> DOCUMENTED = Set.of(0, 2, 3, 4);
  private static Path folder = Path.of(".");

  @BeforeContainer
  static void files() throws IOException {
    folder = Files.createTempDirectory("convlens-fuzz");
    TinyNetwork.write(folder.resolve("net.onnx"));
    TinyNetwork.labels(folder.resolve("labels.txt"));
    Png.write(folder.resolve("a.png"), Picture.ofRgb("a", 9, 9, new byte[3 * 81]));
  }

  @AfterContainer
  static void clean() throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Provide
  Arbitrary<List<String>> options() {
    Arbitrary<String> names =
        Arbitraries.of(
            "--patch",
            "--stride",
            "--fill",
            "--fill-rgb",
            "--edge",
            "--mode",
            "--score",
            "--target",
            "--track",
            "--batch",
            "--threads",
            "--device",
            "--colors",
            "--preprocess",
            "--labels",
            "--all-classes",
            "--json",
            "--quiet",
            "--top",
            "--image",
            "--input");
    Arbitrary<String> values =
        Arbitraries.oneOf(
            Arbitraries.of(
                "1",
                "3",
                "4x5",
                "0",
                "-1",
                "1x",
                "x",
                "12x10",
                "13",
                "2147483648",
                "auto",
                "clip",
                "drop",
                "shift",
                "full",
                "fast",
                "logit",
                "probability",
                "cat",
                "first",
                "relu#1",
                "relu#9",
                "conv#0",
                "#",
                "cpu",
                "cuda",
                "0.5",
                "1,2,3",
                "1,,3",
                "1e39",
                "unit",
                "caffe",
                "blue-yellow",
                "",
                " ",
                "@file",
                "--patch",
                "ü",
                "a\nb",
                "%s%n"),
            Arbitraries.strings().ofMaxLength(6));
    Arbitrary<List<String>> pair = Combinators.combine(names, values).as(List::of);
    return pair.list().ofMaxSize(4).map(l -> l.stream().flatMap(List::stream).toList());
  }

  @Property(tries = 400)
  void onlyDocumentedExitCodes(@ForAll("options") List<String> options) {
    List<String> args = new ArrayList<>(List.of("occlusion", "--model", file("net.onnx")));
    args.addAll(List.of("--image", file("a.png"), "--out", file("out")));
    args.addAll(options);
    var run = CommandRun.of(args.toArray(String[]::new));
    assertTrue(DOCUMENTED.contains(run.exitCode()), args + ": " + run.err());
    assertFalse(run.err().contains("internal"), args + ": " + run.err());
    if (run.exitCode() != 0) {
      assertEquals(
          1, run.err().lines().filter(l -> l.startsWith("convlens: error: ")).count(), run.err());
    }
  }

  private static String file(String name) {
    return folder.resolve(name).toString();
  }
}
