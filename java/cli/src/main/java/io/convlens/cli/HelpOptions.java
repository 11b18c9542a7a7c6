package io.convlens.cli;

import picocli.CommandLine.Option;

/** What every command has. */
final class HelpOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "shows this help and ends")
  private boolean help;

  @Option(names = "--stacktrace", description = "shows where an error came from")
  private boolean stackTrace;

  /**
   * Whether errors are shown with their stack trace; {@link ConvLens} looks at the words itself.
   */
  boolean stackTrace() {
    return stackTrace;
  }

  boolean help() {
    return help;
  }
}
