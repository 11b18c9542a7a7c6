/**
 * What every reader and writer of files shares: one exception a direction, files written whole, and
 * waiting for threads.
 */
@NullMarked
package io.convlens.io;

import org.jspecify.annotations.NullMarked;
