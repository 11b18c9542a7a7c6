package io.convlens.cli;

import io.convlens.io.UnusableOptionException;

/**
 * A part of a set of pictures.
 *
 * @param number from 1
 * @param of how many parts there are
 */
record Shard(int number, int of) {
  static final Shard WHOLE = new Shard(1, 1);

  private static final String SYNTAX = "[1-9]\\d{0,5}/[1-9]\\d{0,5}";

  static Shard parse(String text) {
    if (!text.matches(SYNTAX)) {
      throw new UnusableOptionException("--shard " + text + ": I/N, as in 1/4");
    }
    int slash = text.indexOf('/');
    var shard =
        new Shard(
            Integer.parseInt(text.substring(0, slash)),
            Integer.parseInt(text.substring(slash + 1)));
    if (shard.number > shard.of) {
      throw new UnusableOptionException(
          "--shard %s: the first number is 1 to %d".formatted(text, shard.of));
    }
    return shard;
  }

  /** The first picture of this part. */
  int from(int count) {
    return (int) ((long) count * (number - 1) / of);
  }

  /** The picture after its last. */
  int end(int count) {
    return (int) ((long) count * number / of);
  }

  /** What its findings are called. */
  String file() {
    return "top-%d-of-%d.json".formatted(number, of);
  }
}
