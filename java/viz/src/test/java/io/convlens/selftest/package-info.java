/** Tests of the self-test. */
@NullMarked
package io.convlens.selftest;

import org.jspecify.annotations.NullMarked;
