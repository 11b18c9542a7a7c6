/**
 * The CPU device: oneDNN, called through {@code java.lang.foreign}, for what it is fast at, plain
 * Java for the rest. It knows physical arrays and prepared operations only; nobody imports it, it
 * is found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package io.convlens.device.cpu;

import org.jspecify.annotations.NullMarked;
