/**
 * What the weights of a convolution look like: how smooth, noisy, coloured and oriented its filters
 * are, and which are idle or double. Knows graphs and numbers, and nothing of drawings and devices.
 */
@NullMarked
package io.convlens.filter;

import org.jspecify.annotations.NullMarked;
