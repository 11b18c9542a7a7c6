package io.convlens.device;

import java.util.List;

/**
 * Launches that are run one by one.
 *
 * @param launches in order
 */
record LaunchSequence(List<Launch> launches) implements Sequence {
  LaunchSequence {
    launches = List.copyOf(launches);
  }

  @Override
  public void run() {
    launches.forEach(Launch::run);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
