package io.convlens.occlusion;

import io.convlens.device.Precision;

/**
 * How a map of {@link Mode#FAST} was made, and how good it is. The error is the absolute difference
 * of scores from the whole network's, over positions that were drawn at random before anything else
 * was computed; nothing of theirs goes into the map.
 *
 * @param windowShare the most of a map's side that a change was followed in; 1 where it was
 *     followed wherever it goes
 * @param precision what convolutions of differences multiplied in
 * @param computed positions that were computed; the others are interpolated
 * @param sample positions that the whole network ran for
 * @param meanError over them
 * @param maxError over them
 * @param allowed the mean error that was allowed
 */
public record Approximation(
    double windowShare,
    Precision precision,
    int computed,
    int sample,
    double meanError,
    double maxError,
    double allowed) {}
