/**
 * Occlusion maps: a patch slides over the picture, and the class's score is recorded at each place.
 * Knows networks and numbers; how a map is drawn is not its business.
 */
@NullMarked
package io.convlens.occlusion;

import org.jspecify.annotations.NullMarked;
