package io.convlens.occlusion;

/**
 * Where a sweep puts patches of one size.
 *
 * @param patch the size
 * @param height the picture's rows, as the network sees it
 * @param width the picture's columns
 * @param rows positions down
 * @param cols positions across
 * @param covered {@code [height, width]}: whether a window covers the pixel; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
public record PatchGrid(
    Patch patch, int height, int width, int rows, int cols, boolean[] covered) {}
