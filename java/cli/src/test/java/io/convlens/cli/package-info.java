/** Tests of the command line, in this process. */
@NullMarked
package io.convlens.cli;

import org.jspecify.annotations.NullMarked;
