package io.convlens.filter;

/**
 * What one filter looks like.
 *
 * @param norm √Σw²
 * @param smoothness 1 − Σ(difference of neighbours)² / 4Σw², both as means: 1 for a flat filter,
 *     about 0.5 for white noise, 0 for a checkerboard
 * @param noise the share of its energy that the neighbours of a weight can't predict, relative to
 *     that of white noise: near 0 for any smooth or periodic pattern, about 1 for white noise
 * @param frequency where its power spectrum is largest, in cycles a pixel; 0 for a blob
 * @param orientation in which direction it varies most, in degrees from 0 (along the row: a
 *     vertical edge) counterclockwise to 180
 * @param coherence how much it varies in that direction only, 0 to 1
 * @param colourfulness the share of its energy that is not equal in the three channels; NaN where
 *     there are not three
 */
public record FilterScores(
    double norm,
    double smoothness,
    double noise,
    double frequency,
    double orientation,
    double coherence,
    double colourfulness) {}
