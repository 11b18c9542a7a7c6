package io.convlens.device.cuda;

import java.util.List;

/**
 * How a constant tensor lies on the device: the element at index i of {@code dims}, which the
 * tensor holds at Σ iₖ·strideSrcₖ, lies at Σ iₖ·strideDstₖ; the rest is zero.
 *
 * @param size the elements that it takes
 */
record Arrangement(List<Long> dims, List<Long> strideSrc, List<Long> strideDst, long size) {
  Arrangement {
    dims = List.copyOf(dims);
    strideSrc = List.copyOf(strideSrc);
    strideDst = List.copyOf(strideDst);
  }

  /** As the tensor has it. */
  static Arrangement asIs(long size) {
    return new Arrangement(List.of(size), List.of(1L), List.of(1L), size);
  }

  boolean isAsIs() {
    return equals(asIs(size));
  }
}
