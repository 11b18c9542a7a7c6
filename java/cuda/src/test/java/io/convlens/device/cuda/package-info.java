/** Tests of the CUDA device, most of them on the emulator. */
@NullMarked
package io.convlens.device.cuda;

import org.jspecify.annotations.NullMarked;
