/** Tests of the window algebra. */
@NullMarked
package io.convlens.window;

import org.jspecify.annotations.NullMarked;
