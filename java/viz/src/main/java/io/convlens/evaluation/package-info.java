/**
 * How good maps are: whether the score falls where a map says that it should, whether the map stays
 * where the picture hardly changes, and whether it depends on the network at all. Knows networks,
 * maps and numbers; how results are drawn is not its business.
 */
@NullMarked
package io.convlens.evaluation;

import org.jspecify.annotations.NullMarked;
