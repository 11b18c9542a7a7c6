package io.convlens.evaluation;

/**
 * What a method is asked to explain.
 *
 * @param picture which of the pictures
 * @param draw 0 for the picture itself, else which variation of it
 * @param input its numbers as the network takes them; not to be changed
 * @param target the class
 */
@SuppressWarnings("ArrayRecordComponent") // Large; compared by nobody.
record Query(int picture, int draw, float[] input, int target) {}
