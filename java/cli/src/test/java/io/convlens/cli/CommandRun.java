package io.convlens.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A command that ran in this process.
 *
 * @param exitCode what the process would end with
 * @param out its stdout
 * @param err its stderr
 */
record CommandRun(int exitCode, String out, String err) {
  static CommandRun of(String... args) {
    return of(new ConvLens(), args);
  }

  static CommandRun of(Object program, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = ConvLens.run(program, new PrintWriter(out), new PrintWriter(err), args);
    return new CommandRun(code, out.toString(), err.toString());
  }

  /** Checks that it failed with a code and, as its last line on stderr, a reason. */
  void assertFailed(int code, String reason) {
    assertStopped(code, reason);
    assertEquals("", out);
    assertEquals(1, err.lines().filter(l -> l.contains("error:")).count(), err);
  }

  /** Checks the same of a command that said things before. */
  void assertStopped(int code, String reason) {
    assertEquals(code, exitCode, err);
    String last = err.strip().lines().reduce("", (_, l) -> l);
    assertTrue(last.startsWith("convlens: error: "), err);
    assertTrue(last.contains(reason), last);
    assertTrue(!err.contains("\tat "), err);
  }
}
