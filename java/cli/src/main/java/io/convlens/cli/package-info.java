/**
 * The command line: options in, files and one line of JSON out. What is computed and how it is
 * drawn is other packages' business.
 */
@NullMarked
package io.convlens.cli;

import org.jspecify.annotations.NullMarked;
