package io.convlens.cli;

import io.convlens.device.DeviceException;
import io.convlens.graph.NoGradientException;
import io.convlens.graph.UnknownLayerException;
import io.convlens.io.UnusableInputException;
import io.convlens.io.UnusableOptionException;
import io.convlens.io.UnwritableOutputException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How a command ends that could not do its work.
 *
 * @param exitCode as documented: 2 for options, 3 for inputs, 4 for devices, 1 for bugs
 * @param reason one line for a person
 */
record Failure(int exitCode, String reason) {
  private static final int BUG = 1;
  private static final int OPTION = 2;
  private static final int INPUT = 3;
  private static final int DEVICE = 4;

  /** What an exception means to a person. */
  static Failure of(Throwable thrown) {
    Optional<Throwable> memory =
        Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
            .filter(OutOfMemoryError.class::isInstance)
            .findFirst();
    // Readers of pictures wrap it into what looks like a damaged file.
    return memory.map(Failure::ofMemory).orElseGet(() -> ofKind(thrown));
  }

  private static Failure ofMemory(Throwable error) {
    return new Failure(
        BUG,
        "not enough memory (CONVLENS_OPTS=-Xmx... gives the JVM more, --batch 1 takes less): "
            + line(error));
  }

  private static Failure ofKind(Throwable thrown) {
    return switch (thrown) {
      case UnusableInputException e -> new Failure(INPUT, line(e));
      case UnusableOptionException e -> new Failure(OPTION, line(e));
      case UnknownLayerException e -> new Failure(OPTION, line(e));
      case NoGradientException e -> new Failure(OPTION, line(e));
      case UnwritableOutputException e -> new Failure(OPTION, line(e));
      case UnmatchedArgumentException e when e.getCommandLine().getParent() == null ->
          new Failure(OPTION, unknownCommand(e));
      case ParameterException e -> new Failure(OPTION, line(e));
      case DeviceException e
          when e.kind() == DeviceException.Kind.UNAVAILABLE
              || e.kind() == DeviceException.Kind.UNSUPPORTED ->
          new Failure(DEVICE, line(e));
      case DeviceException e when e.kind() == DeviceException.Kind.OUT_OF_MEMORY ->
          new Failure(BUG, "not enough memory on the device (try --batch 1): " + line(e));
      case DeviceException e -> new Failure(BUG, line(e));
      case CancellationException _ -> new Failure(BUG, "stopped");
      default ->
          new Failure(
              BUG,
              "internal: "
                  + thrown.getClass().getSimpleName()
                  + where(thrown)
                  + " (a bug; --stacktrace shows more)");
    };
  }

  private static String unknownCommand(UnmatchedArgumentException e) {
    String word = e.getUnmatched().getFirst();
    String kind = word.startsWith("-") ? "option" : "command";
    return "unknown %s '%s': see convlens --help. Commands: %s"
        .formatted(
            kind,
            word.replaceAll("[\\s\\p{Cntrl}]+", " "),
            String.join(", ", e.getCommandLine().getSubcommands().keySet()));
  }

  private static String line(Throwable thrown) {
    return String.valueOf(thrown.getMessage()).replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
  }

  /** A bug's message and the line of ours that threw, which is what a bug report needs. */
  private static String where(Throwable thrown) {
    String at =
        Arrays.stream(thrown.getStackTrace())
            .filter(f -> f.getClassName().startsWith("io.convlens."))
            .limit(1)
            .map(f -> " at " + f.getFileName() + ":" + f.getLineNumber())
            .collect(Collectors.joining());
    return (thrown.getMessage() == null ? "" : ": " + line(thrown)) + at;
  }
}
