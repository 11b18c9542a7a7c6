/**
 * What ConvLens is timed against and checked against: ONNX Runtime, and the programs that compare.
 * Nothing of the product knows this package.
 */
@NullMarked
package io.convlens.bench;

import org.jspecify.annotations.NullMarked;
