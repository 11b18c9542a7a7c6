/** Tests of what layers hold. */
@NullMarked
package io.convlens.activation;

import org.jspecify.annotations.NullMarked;
