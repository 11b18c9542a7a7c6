package io.convlens.bench.roofline;

/**
 * What a GPU is said to do at best.
 *
 * @param name its maker's name for it
 * @param source where the figures are published
 * @param flops float32 operations a second without tensor cores, a multiply-add being two
 * @param bytes bytes a second to and from its memory
 * @param memory bytes of it
 */
record Gpu(String name, String source, double flops, double bytes, long memory) {
  static final Gpu H100 =
      new Gpu(
          "NVIDIA H100 SXM5 80 GB",
          "NVIDIA H100 Tensor Core GPU datasheet: FP32 67 teraFLOPS, memory bandwidth 3.35 TB/s",
          67e12,
          3.35e12,
          80_000_000_000L);
}
