/**
 * What a GPU must take at the least, computed from what the engine gives a device to do: the page
 * {@code cuda-kernels/README.md}. Knows devices and networks, and times nothing.
 */
@NullMarked
package io.convlens.bench.roofline;

import org.jspecify.annotations.NullMarked;
