package io.convlens.device.cuda;

import org.jspecify.annotations.Nullable;

/**
 * Memory that a kernel needs only while it runs. Kernels of a stream run one after another, so all
 * share one block. Where a kernel needs a larger one, it and those after it get a new one; the old
 * one goes with its last user. So an address that a kernel was prepared with stays.
 */
final class Scratch implements AutoCloseable {
  private static final class Block {
    final DeviceMemory memory;
    int users;

    Block(DeviceMemory memory) {
      this.memory = memory;
    }
  }

  /** A use of a block, ended by {@link #close}. */
  final class Lease implements AutoCloseable {
    private final Block block;
    private boolean closed;

    private Lease(Block block) {
      this.block = block;
      block.users++;
    }

    long address() {
      return block.memory.address();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        if (--block.users == 0) {
          forget(block);
        }
      }
    }
  }

  private final CudaDevice device;
  private @Nullable Block largest;

  Scratch(CudaDevice device) {
    this.device = device;
  }

  /** Memory of at least so many bytes, for kernels of the device's stream. */
  Lease lease(long bytes) {
    Block block = largest;
    if (block == null || block.memory.bytes() < bytes) {
      block = new Block(device.memory(bytes));
      largest = block;
    }
    return new Lease(block);
  }

  private void forget(Block block) {
    if (largest == block) {
      largest = null;
    }
    block.memory.close();
  }

  /** Every lease must have been closed. */
  @Override
  public void close() {
    if (largest != null) {
      forget(largest);
    }
  }
}
