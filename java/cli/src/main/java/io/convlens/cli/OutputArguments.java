package io.convlens.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Where results go, and how much is said. */
final class OutputArguments {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "convlens-out",
      description = "where files go (default: ${DEFAULT-VALUE})")
  private Path out;

  @Option(names = "--json", description = "the command's summary, and nothing else, on stdout")
  private boolean json;

  @Option(names = "--quiet", description = "says nothing but errors")
  private boolean quiet;

  Path folder() {
    return out;
  }

  Voice voice(CommandSpec spec) {
    return new Voice(spec.commandLine().getOut(), spec.commandLine().getErr(), json, quiet);
  }
}
