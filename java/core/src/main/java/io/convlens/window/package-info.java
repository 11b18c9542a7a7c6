/**
 * Which part of each value of a graph a changed rectangle of the input can reach. Knows graphs
 * only, no devices and no methods.
 */
@NullMarked
package io.convlens.window;

import org.jspecify.annotations.NullMarked;
