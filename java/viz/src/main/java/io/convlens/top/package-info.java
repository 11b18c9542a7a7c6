/**
 * Which pictures, and which places in them, excite a unit most: one pass over a set for all units
 * of all layers, in memory that does not grow with the set. Knows layers and numbers, and nothing
 * of files and drawings.
 */
@NullMarked
package io.convlens.top;

import org.jspecify.annotations.NullMarked;
