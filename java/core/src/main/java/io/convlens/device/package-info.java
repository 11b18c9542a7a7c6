/**
 * The one interface to hardware: buffers, and operations that are prepared once and run often. It
 * knows physical arrays only; it knows nothing of networks, layers or methods.
 */
@NullMarked
package io.convlens.device;

import org.jspecify.annotations.NullMarked;
