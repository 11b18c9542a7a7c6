/**
 * Pictures made by gradients: what excites a unit most, what a layer's code keeps of a picture, and
 * which small change makes a network say something else. Knows networks and numbers; how a picture
 * is drawn is not its business.
 */
@NullMarked
package io.convlens.synthesis;

import org.jspecify.annotations.NullMarked;
