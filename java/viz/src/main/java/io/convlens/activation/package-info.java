/**
 * What layers hold while pictures pass through: one pass over any number of pictures, and figures
 * of how active, sparse, local and dead a layer's channels are. Knows networks and numbers, and
 * nothing of files and drawings.
 */
@NullMarked
package io.convlens.activation;

import org.jspecify.annotations.NullMarked;
