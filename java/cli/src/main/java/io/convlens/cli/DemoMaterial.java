package io.convlens.cli;

import io.convlens.io.UnusableInputException;
import io.convlens.io.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The network and pictures of the demo, which {@code ci/demo-network} made.
 *
 * @param patch the side of the patch that suits them
 * @param stride its step
 * @param fill what it holds
 * @param pictures the pictures' file names
 */
record DemoMaterial(int patch, int stride, float fill, List<String> pictures) {
  static final String MODEL = "clothes.onnx";
  static final String LABELS = "labels.txt";
  private static final String FOLDER = "/io/convlens/demo/";
  private static final String LIST = "canvases.json";

  /** Reads what there is. */
  static DemoMaterial read() {
    JsonNode list = new JsonMapper().readTree(bytes(LIST));
    List<String> pictures = new ArrayList<>();
    list.get("canvases").forEach(c -> pictures.add(c.get("file").asString()));
    return new DemoMaterial(
        list.get("patch").asInt(),
        list.get("stride").asInt(),
        list.get("fill").floatValue(),
        List.copyOf(pictures));
  }

  /** Writes network, labels and pictures into a folder, for this and for other commands. */
  void unpack(Path folder) {
    List<String> names = new ArrayList<>(pictures);
    names.add(MODEL);
    names.add(LABELS);
    for (String name : names) {
      byte[] bytes = bytes(name);
      WholeFile.write(folder.resolve(name), out -> out.write(bytes));
    }
  }

  private static byte[] bytes(String name) {
    try (InputStream in = DemoMaterial.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new UnusableInputException("demo", name + " is not built in");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UnusableInputException("demo", name + " can't be read: " + e.getMessage());
    }
  }
}
