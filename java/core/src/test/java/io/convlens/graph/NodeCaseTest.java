package io.convlens.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** ONNX's own test cases, read by the reader and run by the reference. */
final class NodeCaseTest {

  /** Where the cases are: beside the project, or Debian's package libonnx-testdata. */
  private static final List<Path> PLACES =
      List.of(
          Path.of("../../../shared/onnx-node"),
          Path.of("../../../../shared/onnx-node"),
          Path.of("/usr/share/libonnx-testdata/data"));

  @Test
  void whatIsReadGivesWhatOnnxSays() throws IOException {
    Optional<Path> root = PLACES.stream().filter(Files::isDirectory).findFirst();
    assumeTrue(root.isPresent(), "no ONNX cases on this machine");
    int passed = 0;
    List<String> failed = new ArrayList<>();
    Map<String, String> refused = new TreeMap<>();
    for (Path folder : NodeCase.folders(root.get())) {
      for (Path set : NodeCase.dataSets(folder)) {
        try (var c = NodeCase.open(folder, set)) {
          Optional<String> wrong = run(c);
          passed += wrong.isEmpty() ? 1 : 0;
          wrong.ifPresent(w -> failed.add(folder.getFileName() + ": " + w));
        } catch (UnusableInputException e) {
          refused.put(folder.getFileName().toString(), String.valueOf(e.getMessage()));
        }
      }
    }
    refused.forEach((c, why) -> System.out.println("refused: " + c + ": " + why));
    System.out.printf(
        "ONNX cases: %d passed, %d refused, %d failed%n", passed, refused.size(), failed.size());
    assertEquals(List.of(), failed);
  }

  private static Optional<String> run(NodeCase c) {
    List<Tensor> outputs = new ArrayList<>();
    try {
      if (c.input().isPresent() && !c.graph().outputs().isEmpty()) {
        var values = GraphReference.run(c.graph(), GraphReference.Array.of(c.input().get()));
        for (Value v : c.graph().outputs()) {
          outputs.add(tensor(values.get(v)));
        }
      }
      return c.mismatch(outputs);
    } finally {
      outputs.forEach(Tensor::close);
    }
  }

  private static Tensor tensor(GraphReference.Array a) {
    Tensor t = Tensor.zeros(a.shape());
    for (int i = 0; i < a.data().length; i++) {
      t.set(i, (float) a.data()[i]);
    }
    return t;
  }
}
