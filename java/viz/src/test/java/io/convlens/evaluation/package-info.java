/** Measurements of maps against numbers worked out by hand. */
@NullMarked
package io.convlens.evaluation;

import org.jspecify.annotations.NullMarked;
