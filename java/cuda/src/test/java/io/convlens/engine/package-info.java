/** The engine's parts on the emulated GPU. */
@NullMarked
package io.convlens.engine;

import org.jspecify.annotations.NullMarked;
