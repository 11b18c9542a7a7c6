package io.convlens.device.cpu;

import io.convlens.device.cpu.plain.MirroredWeights;
import io.convlens.device.cpu.plain.PhaseWeights;
import io.convlens.device.cpu.plain.WinogradWeights;
import io.convlens.tensor.Tensor;

/** What is made of a constant tensor before it is packed; equal makings make the same. */
sealed interface WeightMaking {
  /** Nothing: the tensor itself is packed. */
  WeightMaking AS_IS = new Plain();

  /** The result, the caller's to close. */
  Tensor of(Tensor weights);

  /** The tensor itself. */
  record Plain() implements WeightMaking {
    @Override
    public Tensor of(Tensor weights) {
      throw new IllegalStateException("nothing is made");
    }
  }

  /**
   * Filters in the transformed domain.
   *
   * @param mirrored whether of the {@link Mirrored} ones
   */
  record Winograd(boolean mirrored) implements WeightMaking {
    @Override
    public Tensor of(Tensor weights) {
      return mirrored ? WinogradWeights.ofMirrored(weights) : WinogradWeights.of(weights);
    }
  }

  /** The filters of the convolution that a transposed one with stride 1 is. */
  record Mirrored(int groups) implements WeightMaking {
    @Override
    public Tensor of(Tensor weights) {
      return MirroredWeights.of(weights, groups);
    }
  }

  /** The filters of the convolution that makes all phases of a strided transposed one. */
  record Phases(int strideH, int strideW) implements WeightMaking {
    @Override
    public Tensor of(Tensor weights) {
      return PhaseWeights.of(weights, strideH, strideW);
    }
  }
}
