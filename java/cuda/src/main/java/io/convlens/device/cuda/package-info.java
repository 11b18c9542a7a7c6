/**
 * The CUDA device: the driver and our own kernels, called through {@code java.lang.foreign}, and
 * NVIDIA's cuDNN and cuBLAS where they are found. It knows physical arrays and prepared operations
 * only; nobody imports it, it is found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package io.convlens.device.cuda;

import org.jspecify.annotations.NullMarked;
