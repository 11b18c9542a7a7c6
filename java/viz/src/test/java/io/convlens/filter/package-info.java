/** Tests of what filters look like. */
@NullMarked
package io.convlens.filter;

import org.jspecify.annotations.NullMarked;
