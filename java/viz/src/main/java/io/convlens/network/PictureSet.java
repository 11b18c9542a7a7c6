package io.convlens.network;

import io.convlens.tensor.Tensor;

/**
 * Pictures that a network looks at one after another: as many as one likes, none of them held. Read
 * by one thread at a time, which need not be the one that made it.
 */
public interface PictureSet {
  /** How many there are. */
  int count();

  /** Where one comes from, for messages. */
  String source(int index);

  /**
   * One as the network takes it, with a batch of 1; the caller closes it.
   *
   * @throws io.convlens.io.UnusableInputException if it can't be read
   */
  Tensor tensor(int index);
}
