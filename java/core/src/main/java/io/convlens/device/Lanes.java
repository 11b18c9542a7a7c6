package io.convlens.device;

import java.util.List;

/**
 * Parts of a device that work side by side, each as a device of its own that takes one thread: the
 * cores of a CPU. What runs on one lane waits for no other, so that cores of unequal speed, or one
 * that another program takes for a while, hold nobody up.
 *
 * <p>The lanes belong to the whole device, which closes them. Each takes the whole device's
 * buffers; kernels are prepared on the lane that runs them.
 */
public interface Lanes {
  /** Something to do in parts. */
  @FunctionalInterface
  interface Work {
    /**
     * Does one part.
     *
     * @param lane the index of the lane, which does one part at a time
     * @param part the index of the part
     */
    void run(int lane, int part);
  }

  /** The lanes, two or more. */
  List<Device> devices();

  /**
   * Does all parts, each on whichever lane comes for it, and returns when the last is done.
   *
   * @throws RuntimeException what a part threw; the parts that had not begun are left out
   */
  void run(int parts, Work work);
}
