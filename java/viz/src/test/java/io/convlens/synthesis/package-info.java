/** Tests of pictures made by gradients, on networks whose best pictures are known. */
@NullMarked
package io.convlens.synthesis;

import org.jspecify.annotations.NullMarked;
