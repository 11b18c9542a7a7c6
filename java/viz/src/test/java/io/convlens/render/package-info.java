/** Tests of what is drawn and written, pixel by pixel where it matters. */
@NullMarked
package io.convlens.render;

import org.jspecify.annotations.NullMarked;
