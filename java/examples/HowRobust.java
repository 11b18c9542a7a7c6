///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

// How small a change makes a network take each picture for its own second guess?
//
//   java --enable-native-access=ALL-UNNAMED -cp "$(./convlens --class-path)" \
//       java/examples/HowRobust.java net.onnx imagenet cat.jpg dog.jpg
//
// Printed is a table: the picture, what the network says, its second guess, and the smallest of some
// limits, in levels of 0..255, within which a change was found; none where there was none.

import io.convlens.image.Picture;
import io.convlens.image.Preprocess;
import io.convlens.network.Network;
import io.convlens.synthesis.Adversary;
import io.convlens.synthesis.PixelRange;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

static final List<Integer> LIMITS = List.of(1, 2, 4, 8, 16, 32);

void main(String[] args) {
  if (args.length < 3) {
    IO.println("usage: HowRobust.java NET.onnx PREPROCESS PICTURE...");
    System.exit(2);
  }
  IO.println("picture,says,second,limit");
  try (var net = Network.load(Path.of(args[0]))) {
    var range = PixelRange.of(net.fit(Preprocess.named(args[1])));
    for (String file : Arrays.copyOfRange(args, 2, args.length)) {
      try (var seen = net.prepare(Preprocess.named(args[1]), Picture.read(Path.of(file)))) {
        List<Integer> guesses = net.predict(seen.input()).top(0, 2);
        OptionalInt limit =
            LIMITS.stream()
                .mapToInt(Integer::intValue)
                .filter(
                    levels ->
                        Adversary.with(o -> o.epsilon(levels).confidence(0.5))
                            .fool(net, seen.input(), range, guesses.get(1))
                            .isTaken())
                .findFirst();
        IO.println(
            "%s,%d,%d,%s"
                .formatted(
                    Path.of(file).getFileName(),
                    guesses.get(0),
                    guesses.get(1),
                    limit.isPresent() ? limit.getAsInt() : "none"));
      }
    }
  }
}
