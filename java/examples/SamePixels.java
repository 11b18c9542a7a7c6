///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

// Do two networks, or two checkpoints of one, rest their answers on the same pixels?
//
//   java --enable-native-access=ALL-UNNAMED -cp "$(./convlens --class-path)" \
//       java/examples/SamePixels.java epoch1.onnx epoch9.onnx imagenet cat.jpg dog.jpg
//   jbang --cp "$(./convlens --class-path)" java/examples/SamePixels.java a.onnx b.onnx imagenet cat.jpg dog.jpg
//
// A patch an eighth of the picture wide slides over it, for each network and the class that it names
// itself. Printed for each picture are both classes, the rank correlation of the two maps
// (Spearman's), how much of the strongest tenth of the pixels they share, and the same two numbers
// for the second network's map of the next picture: two maps of different pictures are not
// unlike either, since what matters mostly stands in the middle.

import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.occlusion.Occlusion;
import io.convlens.occlusion.OcclusionMap;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

OcclusionMap map(Network net, Preprocess preprocess, Path file) {
  try (var seen = net.prepare(preprocess, Picture.read(file))) {
    int side = Math.min(seen.shown().width(), seen.shown().height());
    int patch = Math.max(1, side / 8);
    return Occlusion.with(o -> o.patch(patch).stride(Math.max(1, patch / 2)))
        .map(net, seen.input());
  }
}

/** Each value's place in the order; equals share the mean of theirs. */
double[] ranks(float[] values) {
  List<Integer> order =
      IntStream.range(0, values.length)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> values[i]))
          .toList();
  double[] ranks = new double[values.length];
  for (int from = 0, to; from < values.length; from = to) {
    to = from + 1;
    while (to < values.length && values[order.get(to)] == values[order.get(from)]) {
      to++;
    }
    for (int i = from; i < to; i++) {
      ranks[order.get(i)] = (from + to - 1) / 2.0;
    }
  }
  return ranks;
}

double correlation(float[] a, float[] b) {
  double[] x = ranks(a);
  double[] y = ranks(b);
  double middle = (a.length - 1) / 2.0;
  double xy = 0;
  double xx = 0;
  double yy = 0;
  for (int i = 0; i < a.length; i++) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
  }
  return xy / Math.sqrt(xx * yy);
}

/** Pixels that are in the strongest tenth of both, as a share of that: equal ones are in it together. */
double shared(float[] a, float[] b) {
  int tenth = Math.max(1, a.length / 10);
  double[] x = ranks(a);
  double[] y = ranks(b);
  double least = a.length - tenth;
  long both = IntStream.range(0, a.length).filter(i -> x[i] >= least && y[i] >= least).count();
  long ofA = IntStream.range(0, a.length).filter(i -> x[i] >= least).count();
  long ofB = IntStream.range(0, a.length).filter(i -> y[i] >= least).count();
  return (double) both / Math.max(1, Math.max(ofA, ofB));
}

void main(String[] args) {
  if (args.length < 5) {
    IO.println("usage: SamePixels.java A.onnx B.onnx PREPROCESS PICTURE PICTURE...");
    System.exit(2);
  }
  List<Path> files = Stream.of(Arrays.copyOfRange(args, 3, args.length)).map(Path::of).toList();
  Preprocess preprocess = Preprocess.named(args[2]);
  try (var first = Network.load(Path.of(args[0]));
      var second = Network.load(Path.of(args[1]))) {
    List<OcclusionMap> a = files.stream().map(f -> map(first, preprocess, f)).toList();
    List<OcclusionMap> b = files.stream().map(f -> map(second, preprocess, f)).toList();
    IO.println("picture,first,second,correlation,shared,next-correlation,next-shared");
    for (int i = 0; i < files.size(); i++) {
      float[] own = a.get(i).attribution();
      float[] same = b.get(i).attribution();
      float[] next = b.get((i + 1) % files.size()).attribution();
      if (own.length != same.length) {
        IO.println("the networks take pictures of different sizes: their pixels can't be compared");
        System.exit(2);
      }
      IO.println(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%.3f,%.3f,%.3f,%.3f",
              files.get(i).getFileName(),
              first.labels().name(a.get(i).target()),
              second.labels().name(b.get(i).target()),
              correlation(own, same),
              shared(own, same),
              correlation(own, next),
              shared(own, next)));
    }
  }
}
