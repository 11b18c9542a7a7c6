package io.convlens.cli;

import picocli.CommandLine.Option;

/** What every command has. */
final class HelpOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "shows this help and ends")
  @SuppressWarnings("UnusedVariable") // picocli ends the command itself.
  private boolean help;

  @Option(names = "--stacktrace", description = "shows where an error came from")
  @SuppressWarnings(
      "UnusedVariable") // ConvLens looks at the words itself: picocli may have failed.
  private boolean stackTrace;
}
