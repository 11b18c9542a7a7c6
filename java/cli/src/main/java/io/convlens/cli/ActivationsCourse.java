package io.convlens.cli;

import io.convlens.activation.LayerActivity;
import io.convlens.network.Network;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How sparse the layers of one network's checkpoints are, checkpoint by checkpoint. */
final class ActivationsCourse {
  private final List<Map<String, Object>> checkpoints = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  void add(Network network, List<LayerActivity> activities) {
    Map<String, Object> checkpoint = new LinkedHashMap<>();
    checkpoint.put("model", network.file().toString());
    checkpoint.put("sha256", network.sha256());
    List<Map<String, Object>> layers = new ArrayList<>();
    for (LayerActivity a : activities) {
      Map<String, Object> layer = new LinkedHashMap<>();
      layer.put("layer", a.layer().asked());
      layer.put("zeros", a.zeros());
      layer.put("locality", ActivationsRun.number(a.locality()));
      layer.put("dead", a.dead().size());
      layers.add(layer);
      lines.add(
          String.format(
              Locale.ROOT,
              "%-32s %-24s %5.1f %% zeros, %d dead",
              network.file().getFileName(),
              a.layer().asked(),
              100 * a.zeros(),
              a.dead().size()));
    }
    checkpoint.put("layers", layers);
    checkpoints.add(checkpoint);
  }

  void describe(Summary summary, Voice voice) {
    summary.result("course", checkpoints);
    lines.forEach(voice::say);
  }
}
