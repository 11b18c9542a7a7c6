package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.convlens.graph.OnnxBuilder;
import io.convlens.graph.OnnxBuilder.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the commands that take gradients say of inputs and networks that give none: one line that
 * names what is to blame, the right exit code, and no file.
 */
final class UnusableGradientsTest {
  private static final int OPTION = 2;
  private static final int INPUT = 3;

  @TempDir Path folder;
  private Workplace tiny;
  private Path input;

  @BeforeEach
  void files() throws IOException {
    tiny = Workplace.of(folder, TinyNetwork.write(folder.resolve("net.onnx")));
    input = tiny.array("x.npy", 2, 3, 12, 10);
  }

  private static void refused(
      Workplace work, int code, List<String> reasons, String command, Object... args)
      throws IOException {
    var run = work.run(command, args);
    for (String reason : reasons) {
      run.assertFailed(code, reason);
    }
    if (Files.exists(work.out())) {
      try (Stream<Path> left = Files.list(work.out())) {
        assertEquals(List.of(), left.toList(), command);
      }
    }
  }

  @Test
  void targetsOutOfRange() throws IOException {
    for (String target : List.of("4", "-1", "1000000", "99999999999")) {
      List<String> reasons =
          List.of(target.length() > 9 ? "not among the labels" : "target " + target, target);
      for (String command : List.of("saliency", "evaluate", "fool")) {
        Object[] args = {"--input", input, "--target", target};
        refused(tiny, OPTION, reasons, command, args);
      }
      refused(tiny, OPTION, reasons, "maximize", "--target", target);
    }
  }

  @Test
  void inputsThatAreNoNumbers() throws IOException {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] numbers = new float[720];
      numbers[360 + 17] = bad;
      Path array = tiny.array("bad.npy", numbers, 2, 3, 12, 10);
      List<String> reasons = List.of("bad.npy: holds " + bad, "element 17 of item 1");
      refused(tiny, INPUT, reasons, "saliency", "--input", array);
      refused(tiny, INPUT, reasons, "evaluate", "--input", array);
      refused(tiny, INPUT, reasons, "invert", "--input", array, "--layer", "first");
      refused(tiny, INPUT, reasons, "fool", "--input", array, "--target", 1);
      refused(
          tiny,
          INPUT,
          List.of("bad.npy"),
          "saliency",
          "--input",
          input,
          "--method",
          "integrated-gradients",
          "--baseline",
          array);
    }
  }

  /** A graph that counts in whole numbers on the way from the picture to its scores. */
  @Test
  void castsToIntegersOnTheWay() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 12, 10);
    String whole = b.node("Cast", x).i("to", ElementType.INT64.code()).named("whole numbers").out();
    String back = b.node("Cast", whole).i("to", ElementType.FLOAT.code()).named("back").out();
    String open = b.node("Relu", back).named("open").out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", open).out()).out());
    Workplace work = Workplace.of(folder, b.write(folder.resolve("cast.onnx")));
    List<String> reasons = List.of("cast.onnx: operator Cast (node \"whole numbers\")", "INT64");
    refused(work, INPUT, reasons, "saliency", "--input", input);
    refused(work, INPUT, reasons, "evaluate", "--input", input);
    refused(work, INPUT, reasons, "maximize", "--target", 1);
    refused(work, INPUT, reasons, "invert", "--input", input, "--layer", "open");
    refused(work, INPUT, reasons, "fool", "--input", input, "--target", 1);
  }

  /** The score has a way to the picture; one layer has none, and one is not on the way. */
  @Test
  void layersWithoutWay() throws IOException {
    var b = new OnnxBuilder(13);
    String x = b.input("x", -1, 3, 12, 10);
    String steps = b.node("Floor", x).named("steps").out();
    String open = b.node("Relu", x).named("open").out();
    b.node("Sigmoid", open).named("aside").out("side");
    String pooled = b.node("GlobalAveragePool", b.node("Add", steps, open).out()).out();
    b.output(b.node("Flatten", pooled).out());
    b.output("side");
    Workplace work = Workplace.of(folder, b.write(folder.resolve("steps.onnx")));
    List<String> flat = List.of("steps.onnx: no gradient leads to the input", "Floor", "'steps'");
    refused(work, OPTION, flat, "saliency", "--input", input, "--layer", "steps", "--unit", 0);
    refused(work, OPTION, flat, "maximize", "--layer", "steps", "--unit", 0);
    refused(work, OPTION, flat, "invert", "--input", input, "--layer", "steps");
    List<String> aside = List.of("steps.onnx: no gradient leads to 'aside'", "does not depend on");
    refused(work, OPTION, aside, "saliency", "--input", input, "--layer", "aside");
    Object[] cam = {"--input", input, "--method", "grad-cam", "--layer", "aside"};
    refused(work, OPTION, aside, "saliency", cam);
    refused(work, OPTION, aside, "evaluate", cam);
    work.good("saliency", "--input", input);
  }

  /** √0 has an infinite slope, which nothing times nothing makes no number. */
  @Test
  void gradientsThatAreNoNumbers() throws IOException {
    var b = new OnnxBuilder(13);
    String root = b.node("Sqrt", b.node("Relu", b.input("x", -1, 3, 12, 10)).out()).out();
    b.output(b.node("Flatten", b.node("GlobalAveragePool", root).out()).out());
    Workplace work = Workplace.of(folder, b.write(folder.resolve("root.onnx")));
    float[] numbers = new float[720];
    numbers[3] = 1;
    Path array = work.array("dark.npy", numbers, 2, 3, 12, 10);
    List<String> reasons = List.of("dark.npy[0]: ", "NaN");
    refused(work, INPUT, reasons, "saliency", "--input", array);
    refused(work, INPUT, reasons, "evaluate", "--input", array, "--method", "gradient");
    Object[] unit = {"--input", array, "--target", 1, "--preprocess", "unit"};
    refused(work, INPUT, reasons, "fool", unit);
  }
}
