///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

// How wide must a grey patch be before a network changes its mind?
//
//   java --enable-native-access=ALL-UNNAMED -cp "$(./convlens --class-path)" \
//       java/examples/HowWideAPatch.java net.onnx imagenet cat.jpg dog.jpg
//   jbang --cp "$(./convlens --class-path)" java/examples/HowWideAPatch.java net.onnx imagenet cat.jpg
//
// A square slides over each picture, wider and wider, until the most probable class is another one
// at some place. Printed are the picture, what the network says, the side in pixels of the picture
// as the network sees it, the share of places at which the class changes, and what it mostly becomes;
// none where no patch does it.

import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMap;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

static final int NARROWEST = 4;

/** How often each other class is the most probable one. */
Map<Integer, Integer> changes(OcclusionMap map) {
  float[] scores = map.classScores().orElseThrow();
  int places = map.rows() * map.cols();
  int kinds = scores.length / places;
  Map<Integer, Integer> counts = new HashMap<>();
  for (int p = 0; p < places; p++) {
    int best = 0;
    for (int c = 1; c < kinds; c++) {
      best = scores[p * kinds + c] > scores[p * kinds + best] ? c : best;
    }
    if (best != map.target()) {
      counts.merge(best, 1, Integer::sum);
    }
  }
  return counts;
}

String row(Network net, Tensor picture) {
  Shape shape = picture.shape();
  int side = Math.min(shape.intDim(2), shape.intDim(3));
  String says = "";
  for (int patch = NARROWEST; patch <= side; patch *= 2) {
    int width = patch;
    OcclusionMap map =
        Occlusion.with(o -> o.patch(width).stride(width / 2).allClasses(true)).map(net, picture);
    says = net.labels().name(map.target());
    Map<Integer, Integer> counts = changes(map);
    if (!counts.isEmpty()) {
      int becomes = counts.keySet().stream().min((a, b) -> counts.get(b) - counts.get(a)).get();
      double share = counts.values().stream().mapToInt(i -> i).sum();
      return String.format(
          Locale.ROOT,
          "%s,%d,%.3f,%s",
          says,
          patch,
          share / (map.rows() * map.cols()),
          net.labels().name(becomes));
    }
  }
  return says + ",none,0,none";
}

void main(String[] args) {
  if (args.length < 3) {
    IO.println("usage: HowWideAPatch.java NET.onnx PREPROCESS PICTURE...");
    System.exit(2);
  }
  IO.println("picture,says,side,share,becomes");
  try (var net = Network.load(Path.of(args[0]))) {
    for (String file : Arrays.copyOfRange(args, 2, args.length)) {
      try (var seen = net.prepare(Preprocess.named(args[1]), Picture.read(Path.of(file)))) {
        IO.println(Path.of(file).getFileName() + "," + row(net, seen.input()));
      }
    }
  }
}
