/**
 * A trained network that is ready to be asked: load it, feed it, read its answers and layers. Every
 * method starts here; nothing here knows what a method wants.
 */
@NullMarked
package io.convlens.network;

import org.jspecify.annotations.NullMarked;
