/**
 * Attribution by gradients: which input elements, or which elements of a layer, a score depends on.
 * Knows networks and numbers; how a map is drawn is not its business.
 */
@NullMarked
package io.convlens.gradient;

import org.jspecify.annotations.NullMarked;
