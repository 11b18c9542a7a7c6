package io.convlens.cli;

import io.convlens.io.UnwritableOutputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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

  /** The folder for files, which is made when the first is written. */
  Path folder() {
    return out;
  }

  /** Finds out before hours of work that nothing could be written. */
  void check() {
    Path there = out.toAbsolutePath();
    while (!Files.exists(there, LinkOption.NOFOLLOW_LINKS) && there.getParent() != null) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new UnwritableOutputException(out, new FileAlreadyExistsException(there.toString()));
    }
    if (!Files.isWritable(there)) {
      throw new UnwritableOutputException(out, new AccessDeniedException(there.toString()));
    }
  }

  Voice voice(CommandSpec spec) {
    return new Voice(spec.commandLine().getOut(), spec.commandLine().getErr(), json, quiet);
  }
}
