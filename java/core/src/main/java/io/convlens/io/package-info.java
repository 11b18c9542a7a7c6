/**
 * What every reader and writer of files shares: one exception a direction, and files written whole.
 */
@NullMarked
package io.convlens.io;

import org.jspecify.annotations.NullMarked;
