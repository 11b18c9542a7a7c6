/** Tests that hold ConvLens, and the models that tests use, against ONNX Runtime. */
@NullMarked
package io.convlens.bench;

import org.jspecify.annotations.NullMarked;
