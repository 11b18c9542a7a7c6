/**
 * A graph prepared for a device: which operations run, where their arrays lie, and in which order
 * their elements stand. It knows graphs and devices; it knows nothing of pictures or methods.
 */
@NullMarked
package io.convlens.engine;

import org.jspecify.annotations.NullMarked;
