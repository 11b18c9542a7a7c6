/** Tests of embeddings: their numbers, not their coordinates. */
@NullMarked
package io.convlens.embed;

import org.jspecify.annotations.NullMarked;
