/**
 * From a method's numbers to something to look at: heat maps with their scale, overlays, PNG files
 * and a page that shows them. It knows pictures and numbers, and nothing of networks or methods.
 */
@NullMarked
package io.convlens.render;

import org.jspecify.annotations.NullMarked;
