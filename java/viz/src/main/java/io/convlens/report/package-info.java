/** From what a method found to what people look at: figures with their labels, scales and names. */
@NullMarked
package io.convlens.report;

import org.jspecify.annotations.NullMarked;
