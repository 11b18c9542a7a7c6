/** Tests that hold the roofline page against other counts and against the tree. */
@NullMarked
package io.convlens.bench.roofline;

import org.jspecify.annotations.NullMarked;
