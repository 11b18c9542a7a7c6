/** Tests of decoding, resizing and normalising, against what Pillow and torchvision answer. */
@NullMarked
package io.convlens.image;

import org.jspecify.annotations.NullMarked;
