/** The embed's parts on the emulated GPU. */
@NullMarked
package io.convlens.embed;

import org.jspecify.annotations.NullMarked;
