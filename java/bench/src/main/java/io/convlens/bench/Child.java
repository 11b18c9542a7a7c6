package io.convlens.bench;

import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** A {@link Stand} in a process of its own, seen from its parent. For one thread. */
final class Child implements AutoCloseable {
  private final Path model;
  private final Process process;
  private final BufferedReader from;
  private final Writer to;
  private int prepared = 1;

  /** Starts a process that loads a model; its errors go to this process's. */
  Child(Contender.Kind kind, Path model, Shape picture, int threads) {
    this.model = model;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // What the launcher gave this JVM (native access, modules) the child needs as well.
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Stand.class.getName()));
    command.addAll(List.of(kind.name(), model.toString(), Integer.toString(threads)));
    Arrays.stream(picture.dims()).mapToObj(Long::toString).forEach(command::add);
    try {
      process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .directory(new File("").getAbsoluteFile())
              .start();
      from = process.inputReader(StandardCharsets.UTF_8);
      to = process.outputWriter(StandardCharsets.UTF_8);
      hear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The batch size that the contender chooses by itself; empty where it doesn't. */
  OptionalInt ownBatch() {
    int batch = Integer.parseInt(ask("batch"));
    return batch == 0 ? OptionalInt.empty() : OptionalInt.of(batch);
  }

  /** Makes batches of this size ready, and runs one. */
  void prepare(int pictures) {
    prepared = pictures;
    ask("prepare " + pictures);
  }

  /** Runs batches for so long; the median in milliseconds a picture. */
  double millisecondsAPicture(long milliseconds) {
    String answer = ask("time " + milliseconds);
    return Long.parseLong(answer.substring(answer.indexOf(' ') + 1)) / 1e6 / prepared;
  }

  /** Lets {@link #peakMebibytes} start anew. */
  void forgetPeak() {
    ask("forget");
  }

  /** The most memory that was resident since the start or {@link #forgetPeak}. */
  double peakMebibytes() {
    return Long.parseLong(ask("memory").replaceAll("\\D", "")) / 1024.0;
  }

  /** Has the first output for the prepared batch written to a file. */
  void answer(Path npy) {
    ask("answer " + npy);
  }

  private String ask(String command) {
    try {
      to.write(command + "\n");
      to.flush();
      return hear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String hear() throws IOException {
    for (String line = from.readLine(); line != null; line = from.readLine()) {
      if (line.startsWith(Stand.REFUSED)) {
        throw new UnusableInputException(model, line.substring(Stand.REFUSED.length()));
      }
      if (line.startsWith(Stand.MARK)) {
        return line.substring(Stand.MARK.length());
      }
    }
    throw new IOException("a contender's process ended, see above");
  }

  @Override
  public void close() {
    try {
      to.close();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
