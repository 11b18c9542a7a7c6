/** Operations in plain Java by themselves, without oneDNN beside them. */
@NullMarked
package io.convlens.device.cpu.plain;

import org.jspecify.annotations.NullMarked;
