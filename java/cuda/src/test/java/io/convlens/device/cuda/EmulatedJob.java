package io.convlens.device.cuda;

import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The main job's network and pictures on the emulator, for tests of other packages. */
public final class EmulatedJob {
  private final MainJob job;

  /** Skips the test where there is no emulator. */
  public EmulatedJob(Path folder) throws IOException {
    Emulator.assume();
    Emulator.reset();
    this.job = MainJob.in(folder);
  }

  /** The network's file. */
  public Path model() {
    return job.model();
  }

  /** So many pictures; the caller closes them. */
  public Tensor pictures(int count) {
    return job.pictures(count);
  }

  /** Another order of streams and threads, launch by launch or as CUDA graphs. */
  public void reset(long seed, boolean graphs) {
    Emulator.reset();
    Emulator.seed(seed);
    Emulator.eagerness(seed % 3 == 0 ? 0 : -1);
    System.setProperty(CudaDevice.GRAPHS, String.valueOf(graphs));
  }

  /** How many graphs were launched. */
  public long graphLaunches() {
    return Emulator.calls("cuGraphLaunch");
  }

  /** How often one of our kernels was launched. */
  public long launches(String kernel) {
    return Emulator.calls(kernel);
  }

  /** Has each call that something makes fail in turn, as {@link FailingCalls} says. */
  public void failEachCallOf(Supplier<float[]> something) {
    FailingCalls.eachLeavesTheRightAnswerOrOneClearError(something);
  }

  /** Fails if the emulator noticed anything, or if something is live. */
  public void assertClean(String what) {
    Emulator.assertClean(what);
  }
}
