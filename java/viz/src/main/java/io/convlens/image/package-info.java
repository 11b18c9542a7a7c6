/**
 * From a picture file to a network's input: decoding, resizing, normalising. It knows tensors and
 * nothing of networks, devices or methods.
 */
@NullMarked
package io.convlens.image;

import org.jspecify.annotations.NullMarked;
