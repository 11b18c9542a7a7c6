package io.convlens.cli;

import java.io.Console;
import java.io.PrintWriter;

/**
 * What a command says, and where.
 *
 * @param out stdout
 * @param err stderr
 * @param json whether stdout is for the summary alone
 * @param quiet whether only errors are said
 */
record Voice(PrintWriter out, PrintWriter err, boolean json, boolean quiet) {
  /** Something worth knowing that is no result. */
  void note(String line) {
    if (!quiet) {
      err.println("convlens: " + line);
    }
  }

  /** Something that is wrong and does not end the command. */
  void error(String line) {
    err.println("convlens: error: " + line);
  }

  /** A result, for a person. */
  void say(String line) {
    if (!quiet && !json) {
      out.println(line);
    }
  }

  /** The summary, for programs. */
  void summary(String text) {
    if (json) {
      out.println(text);
    }
  }

  /** Whether somebody watches. */
  @SuppressWarnings("SystemConsoleNull") // It is null again from JDK 25 on where nobody watches.
  boolean isWatched() {
    Console console = System.console();
    return !quiet && !json && console != null && console.isTerminal();
  }
}
