/** Tests of attribution by gradients. */
@NullMarked
package io.convlens.gradient;

import org.jspecify.annotations.NullMarked;
