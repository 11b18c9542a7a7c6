/**
 * Operations that oneDNN has not, or not fast, in plain Java loops over memory: one class an
 * operation. They know specifications and arrays, nothing of oneDNN, buffers or devices.
 */
@NullMarked
package io.convlens.device.cpu.plain;

import org.jspecify.annotations.NullMarked;
