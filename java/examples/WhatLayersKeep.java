///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

// How much of a picture does each convolution of a network keep?
//
//   java --enable-native-access=ALL-UNNAMED -cp "$(./convlens --class-path)" \
//       java/examples/WhatLayersKeep.java net.onnx imagenet cat.jpg out
//   jbang --cp "$(./convlens --class-path)" java/examples/WhatLayersKeep.java net.onnx imagenet cat.jpg out
//
// The picture is found again from each convolution's values alone. Written are the pictures and a
// table: the layer, the error in the layer's own values, and how far the picture's pixels are off,
// as a share of the way from black to white. Errors of values say little of what is lost: pixels do.

import io.convlens.graph.Layer;
import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.render.Png;
import io.convlens.synthesis.Inversion;
import io.convlens.synthesis.PixelRange;
import io.convlens.synthesis.Reconstruction;
import io.convlens.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

static final int STEPS = 150;

void main(String[] args) throws Exception {
  if (args.length != 4) {
    IO.println("usage: WhatLayersKeep.java NET.onnx PREPROCESS PICTURE OUT");
    System.exit(2);
  }
  Path out = Files.createDirectories(Path.of(args[3]));
  List<String> lines = new ArrayList<>(List.of("layer,error,pixels"));
  try (var net = Network.load(Path.of(args[0]));
      var seen = net.prepare(Preprocess.named(args[1]), Picture.read(Path.of(args[2])))) {
    var fitted = net.fit(Preprocess.named(args[1]));
    var inversion = Inversion.with(o -> o.steps(STEPS));
    int number = 0;
    for (Layer layer : net.sized(seen.input().shape()).graph().layers()) {
      if (!layer.op().equals("Conv")) {
        continue;
      }
      Reconstruction found =
          inversion.of(net, seen.input(), PixelRange.of(fitted), layer.name()).getFirst();
      try (Tensor input = Tensor.of(found.shape(), found.input())) {
        Picture again = fitted.toPicture("conv" + ++number, input, 0);
        Png.write(out.resolve(again.name() + ".png"), again);
        double off = meanDifference(seen.shown(), again);
        lines.add(String.format(Locale.ROOT, "%s,%.4f,%.4f", layer.name(), found.error(), off));
        IO.println(lines.getLast());
      }
    }
  }
  Files.write(out.resolve("kept.csv"), lines);
}

double meanDifference(Picture a, Picture b) {
  byte[] from = a.toRgb();
  byte[] to = b.toRgb();
  double sum = 0;
  for (int i = 0; i < from.length; i++) {
    sum += Math.abs((from[i] & 0xff) - (to[i] & 0xff)) / 255.0;
  }
  return sum / from.length;
}
