/**
 * A data set laid out on a plane so that what is near in a network's codes is near on it: PCA,
 * t-SNE and figures of how true the picture is. Knows numbers and devices, neither networks nor
 * drawings.
 */
@NullMarked
package io.convlens.embed;

import org.jspecify.annotations.NullMarked;
