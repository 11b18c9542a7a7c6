package io.convlens.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program: {@code convlens COMMAND OPTIONS}. */
@Command(
    name = "convlens",
    description = "Shows what a convolutional network has learned.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true,
    subcommands = {
      DemoCommand.class,
      DevicesCommand.class,
      InspectCommand.class,
      PredictCommand.class,
      OcclusionCommand.class,
      SaliencyCommand.class,
      MaximizeCommand.class,
      EvaluateCommand.class,
      InvertCommand.class,
      FoolCommand.class,
      ActivationsCommand.class,
      FiltersCommand.class,
      TopCommand.class,
      EmbedCommand.class,
      ReportCommand.class,
      SelftestCommand.class,
      BenchCommand.class,
    },
    footer = {
      "",
      "Every command has --help. The first steps:",
      "  convlens demo",
      "  convlens predict --model net.onnx --labels labels.txt --image cat.jpg",
      "  convlens occlusion --model net.onnx --labels labels.txt --image cat.jpg",
      "",
      "Exit codes: 0 done, 1 a bug, 2 wrong options, 3 an unusable input,",
      "            4 the device is not available.",
      "Environment: JAVA_HOME, a JDK 25 or newer; CONVLENS_OPTS, options for the JVM."
    })
public final class ConvLens implements Runnable {
  private static final String STACK_TRACE = "--stacktrace";

  @Spec private CommandSpec spec;

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(new ConvLens(), args));
  }

  /** Runs a program on this process's streams. */
  static int run(Object program, String... args) {
    return run(program, writer(System.out), writer(System.err), args);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, stream.charset()), true);
  }

  /**
   * Runs a command in this process.
   *
   * @param out what stdout is to the command
   * @param err what stderr is to it
   * @return the exit code
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(new ConvLens(), out, err, args);
  }

  /** Runs a program that is described by picocli's annotations. */
  static int run(Object program, PrintWriter out, PrintWriter err, String... args) {
    try {
      return commandLine(program, out, err).execute(args);
    } catch (Throwable t) {
      // Errors too: running out of memory is said in one line like everything else.
      return fail(err, t, Arrays.asList(args).contains(STACK_TRACE));
    } finally {
      out.flush();
      err.flush();
    }
  }

  private static CommandLine commandLine(Object program, PrintWriter out, PrintWriter err) {
    return new CommandLine(program)
        .setOut(out)
        .setErr(err)
        .setExpandAtFiles(false)
        .setParameterExceptionHandler((e, args) -> refuse(err, e, args))
        .setExecutionExceptionHandler(
            (e, _, parsed) -> fail(err, e, parsed.originalArgs().contains(STACK_TRACE)));
  }

  private static int refuse(PrintWriter err, ParameterException e, String... args) {
    return fail(err, e, Arrays.asList(args).contains(STACK_TRACE));
  }

  private static int fail(PrintWriter err, Throwable thrown, boolean stackTrace) {
    Failure failure = Failure.of(thrown);
    err.println("convlens: error: " + failure.reason());
    if (stackTrace) {
      thrown.printStackTrace(err);
    }
    return failure.exitCode();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command: see convlens --help");
  }
}
