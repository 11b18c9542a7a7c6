package io.convlens.device.cuda;

import io.convlens.device.Launch;
import java.util.List;

/** A kernel's stages on fixed buffers. */
final class CudaLaunch implements Launch {
  private final CudaDevice device;
  private final CudaKernel kernel;
  private final List<CudaBuffer> buffers;
  private final List<Launch> stages;

  CudaLaunch(CudaDevice device, CudaKernel kernel, List<CudaBuffer> buffers, List<Launch> stages) {
    this.device = device;
    this.kernel = kernel;
    this.buffers = List.copyOf(buffers);
    this.stages = List.copyOf(stages);
  }

  /** Throws where something that it needs was closed. */
  void checkOpen() {
    kernel.checkOpen();
    buffers.forEach(CudaBuffer::checkOpen);
  }

  @Override
  public void run() {
    checkOpen();
    device.enter();
    stages.forEach(Launch::run);
  }
}
