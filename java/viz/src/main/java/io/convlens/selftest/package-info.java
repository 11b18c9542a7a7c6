/**
 * Every operation of a device against another device, at the shapes of the usual networks. It knows
 * devices and their operations only.
 */
@NullMarked
package io.convlens.selftest;

import org.jspecify.annotations.NullMarked;
