/** Shapes and off-heap float32 arrays. */
@NullMarked
package io.convlens.tensor;

import org.jspecify.annotations.NullMarked;
