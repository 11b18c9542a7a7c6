package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionListener;
import io.convlens.occlusion.OcclusionMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The built-in network on canvases that it has not seen: the map finds the article. {@code
 * ci/demo-network} measured 500; these are the first 100.
 */
final class DemoMapsTest {
  private static final int CANVASES = 100;

  @TempDir Path folder;

  @Test
  void thePeakLiesOnTheArticle() throws IOException {
    JsonNode list = new JsonMapper().readTree(resource("heldout.json"));
    Picture sheet = Picture.read(Files.write(folder.resolve("sheet.png"), resource("heldout.png")));
    DemoMaterial material = DemoMaterial.read();
    material.unpack(folder);
    var occlusion =
        Occlusion.with(
            o -> o.patch(material.patch()).stride(material.stride()).fill(material.fill()));
    int inside = 0;
    int asPyTorch = 0;
    try (var net =
        Network.load(
            folder.resolve(DemoMaterial.MODEL), NetworkOptions.DEFAULT.withDevice("cpu"))) {
      for (int i = 0; i < CANVASES; i++) {
        JsonNode canvas = list.get("canvases").get(i);
        OcclusionMap map = map(net, occlusion, cut(sheet, list.get("side").asInt(), i, list));
        int peak = peak(map.attribution());
        JsonNode box = canvas.get("box");
        int x = peak % map.width();
        int y = peak / map.width();
        boolean across = x >= box.get(0).asInt() && x < box.get(2).asInt();
        boolean down = y >= box.get(1).asInt() && y < box.get(3).asInt();
        inside += across && down ? 1 : 0;
        boolean same = Math.abs(map.base() - canvas.get("probability").doubleValue()) < 1e-3;
        asPyTorch += same && map.target() == canvas.get("top").asInt() ? 1 : 0;
      }
    }
    assertEquals(CANVASES, asPyTorch, "answers that are PyTorch's");
    assertTrue(inside >= 0.95 * CANVASES, inside + " of " + CANVASES + " peaks on the article");
  }

  private static OcclusionMap map(Network net, Occlusion occlusion, Picture canvas) {
    try (var prepared = net.prepare(Preprocess.named("unit"), canvas);
        var sweep = occlusion.prepare(net, prepared.input().shape())) {
      return sweep.map(prepared.input(), 0, OcclusionListener.NONE);
    }
  }

  private static Picture cut(Picture sheet, int side, int index, JsonNode list) {
    int columns = list.get("columns").asInt();
    byte[] rgb = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int pixel = sheet.rgb(index % columns * side + x, index / columns * side + y);
        int at = 3 * (y * side + x);
        rgb[at] = (byte) (pixel >> 16);
        rgb[at + 1] = (byte) (pixel >> 8);
        rgb[at + 2] = (byte) pixel;
      }
    }
    return Picture.ofRgb("canvas " + index, side, side, rgb);
  }

  private static int peak(float[] attribution) {
    int peak = 0;
    for (int i = 1; i < attribution.length; i++) {
      peak = attribution[i] > attribution[peak] ? i : peak;
    }
    return peak;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = DemoMapsTest.class.getResourceAsStream("/io/convlens/demo/" + name)) {
      return in.readAllBytes();
    }
  }
}
