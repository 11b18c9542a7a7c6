/**
 * The network as an immutable graph of semantic nodes, and the reader that makes it from ONNX. It
 * knows shapes and operators; it knows nothing of devices, layouts or pictures.
 */
@NullMarked
package io.convlens.graph;

import org.jspecify.annotations.NullMarked;
