package io.convlens.cli;

import io.convlens.image.Preprocess;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the network looks at. */
final class InputArguments {
  private static final String DEFAULT_PREPROCESS = "imagenet";

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = "a picture: JPEG, PNG, GIF, BMP, WebP; repeatable")
  private List<Path> images = new ArrayList<>();

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "the pictures of a folder, in name order")
  private @Nullable Path folder;

  @Option(
      names = "--input",
      paramLabel = "FILE.npy",
      description = "an array [N,C,H,W], fed to the network as it is")
  private @Nullable Path array;

  @Option(
      names = "--preprocess",
      paramLabel = "NAME|FILE.json",
      defaultValue = DEFAULT_PREPROCESS,
      description =
          "how pictures become numbers: caffe, imagenet, tf, unit or a file"
              + " (default: ${DEFAULT-VALUE})")
  private String preprocess;

  /** How pictures become numbers. */
  Preprocess preprocess() {
    return preprocess(preprocess);
  }

  /** What is meant by a preset's name or a file. */
  static Preprocess preprocess(String wish) {
    try {
      if (wish.endsWith(".json") || wish.contains("/")) {
        return Preprocess.read(Path.of(wish));
      }
      return Preprocess.named(wish);
    } catch (IllegalArgumentException e) {
      throw new UnusableOptionException("--preprocess: " + e.getMessage());
    }
  }

  /** Opens what was asked for; the caller closes it. */
  Inputs open(Network network, Voice voice) {
    Preprocess recipe = preprocess();
    check();
    if (array != null) {
      return ArrayInputs.open(array, network);
    }
    return new PictureInputs(network, recipe, files(voice));
  }

  /** Whether the pictures of a folder were asked for. */
  boolean isFolder() {
    return folder != null;
  }

  /** What the preprocessing's file held, where it is one. */
  Optional<FilePrint> recipePrint() {
    return preprocess.endsWith(".json") || preprocess.contains("/")
        ? Optional.of(FilePrint.of(Path.of(preprocess)))
        : Optional.empty();
  }

  /** The picture files that were asked for; none where an array was, or nothing. */
  List<Path> files(Voice voice) {
    return folder == null ? List.copyOf(images) : pictures(folder, voice::note);
  }

  /** The words that ask for the same. */
  String words() {
    var words = new StringBuilder("--preprocess " + preprocess);
    images.forEach(f -> words.append(" --image ").append(f));
    if (folder != null) {
      words.append(" --images ").append(folder);
    }
    if (array != null) {
      words.append(" --input ").append(array);
    }
    return words.toString();
  }

  /** The preprocessing as it was asked for. */
  String recipe() {
    return preprocess;
  }

  /** Whether anything was asked for. */
  boolean isGiven() {
    return !images.isEmpty() || folder != null || array != null;
  }

  /** Options are wrong before files are. */
  void check() {
    long ways = Stream.of(!images.isEmpty(), folder != null, array != null).filter(b -> b).count();
    if (ways != 1) {
      throw new UnusableOptionException(
          ways == 0
              ? "nothing to look at: give --image, --images or --input"
              : "--image, --images and --input exclude each other");
    }
  }

  /** The pictures of a folder in name order, telling of files that are left out. */
  static List<Path> pictures(Path folder, Consumer<String> note) {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> Files.isRegularFile(f) && !name(f).startsWith(".")).toList();
    } catch (IOException e) {
      throw new UnusableInputException(
          folder, Files.isRegularFile(folder) ? "is no folder" : "no such folder", e);
    }
    List<Path> pictures =
        files.stream()
            .filter(InputArguments::isPicture)
            .sorted(Comparator.comparing(InputArguments::name))
            .toList();
    if (pictures.isEmpty()) {
      throw new UnusableInputException(folder, "no pictures in it");
    }
    if (pictures.size() < files.size()) {
      note.accept(
          "%s: %d files that are no pictures by their names are left out"
              .formatted(folder, files.size() - pictures.size()));
    }
    return pictures;
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static boolean isPicture(Path file) {
    return name(file)
        .toLowerCase(Locale.ROOT)
        .matches(".*\\.(jpe?g|jpe|jfif|png|gif|bmp|dib|webp)");
  }

  /** What was asked for, for the JSON. */
  void describe(Map<String, Object> options) {
    options.put("image", images.stream().map(Path::toString).toList());
    options.put("images", Optional.ofNullable(folder).map(Path::toString).orElse(null));
    options.put("input", Optional.ofNullable(array).map(Path::toString).orElse(null));
    options.put("preprocess", preprocess);
  }
}
