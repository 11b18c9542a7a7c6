package io.convlens.embed;

import java.util.Arrays;

/**
 * Fourier transforms of square grids of complex numbers, whose rows are arrays of their own: a
 * butterfly works on runs of whole rows with one index for all of them, which is what the compiler
 * makes vector instructions of. Where a row ends up is settled by renaming rows, never by moving.
 *
 * <p>Decimation in frequency by 4, 2 and 3 (Cooley and Tukey, 1965, in Stockham's order).
 */
final class GridFourier {
  /** Columns that are transformed together: their part of all rows stays in the second cache. */
  private static final int RUN = 128;

  private static final int TILE = 32;

  private final int size;

  /** cos and sin of −2πk/size. */
  private final float[] cosines;

  private final float[] sines;

  /**
   * Prepares a size.
   *
   * @param size 2 to some power, or three times that
   */
  GridFourier(int size) {
    if (size != sizeFor(size)) {
      throw new IllegalArgumentException("no size of a grid: " + size);
    }
    this.size = size;
    this.cosines = new float[size];
    this.sines = new float[size];
    for (int k = 0; k < size; k++) {
      cosines[k] = (float) Math.cos(2 * Math.PI * k / size);
      sines[k] = (float) -Math.sin(2 * Math.PI * k / size);
    }
  }

  /** The least size that holds so many. */
  static int sizeFor(int least) {
    int power = Math.max(4, Integer.highestOneBit(Math.max(1, 2 * least - 1)));
    return power / 4 * 3 >= least && power >= 16 ? power / 4 * 3 : power;
  }

  /**
   * Transforms along both axes. The result stands transposed: row by the frequency along columns.
   *
   * @param re {@code [size][size]}, overwritten by work
   * @param im likewise
   * @param used rows and columns from here on hold zeros
   * @param toRe overwritten
   * @param toIm likewise
   */
  void forward(float[][] re, float[][] im, int used, float[][] toRe, float[][] toIm) {
    alongRows(re, im, used);
    transpose(re, toRe, size, used);
    transpose(im, toIm, size, used);
    alongRows(toRe, toIm, size);
  }

  /**
   * The way back from a transposed spectrum, size² times too large.
   *
   * @param re {@code [size][size]}, overwritten by work
   * @param im likewise
   * @param wanted rows and columns that are computed; the others hold anything
   * @param toRe overwritten
   * @param toIm likewise
   */
  void inverse(float[][] re, float[][] im, int wanted, float[][] toRe, float[][] toIm) {
    // Exchanging the parts before and after turns the transform's direction.
    alongRows(im, re, size);
    transpose(re, toRe, wanted, size);
    transpose(im, toIm, wanted, size);
    alongRows(toIm, toRe, wanted);
  }

  /** Rows × columns of {@code from}; what of {@code to}'s rows is beyond them becomes zero. */
  private void transpose(float[][] from, float[][] to, int rows, int columns) {
    Blocks.run(
        size,
        TILE,
        (_, first, end) -> {
          for (int c = first; c < end; c++) {
            Arrays.fill(to[c], c < columns ? rows : 0, size, 0);
          }
          for (int tile = 0; tile < rows; tile += TILE) {
            int last = Math.min(rows, tile + TILE);
            for (int c = first; c < Math.min(columns, end); c++) {
              float[] row = to[c];
              for (int r = tile; r < last; r++) {
                row[r] = from[r][c];
              }
            }
          }
        });
  }

  /** Transforms the first columns, each by itself. */
  private void alongRows(float[][] re, float[][] im, int columns) {
    float[][][] real = new float[Blocks.count(columns, RUN)][][];
    float[][][] imaginary = new float[real.length][][];
    Blocks.run(
        columns,
        RUN,
        (block, from, to) -> {
          real[block] = re.clone();
          imaginary[block] = im.clone();
          transform(real[block], imaginary[block], from, to);
        });
    // All blocks renamed the rows alike.
    System.arraycopy(real[0], 0, re, 0, size);
    System.arraycopy(imaginary[0], 0, im, 0, size);
  }

  private void transform(float[][] re, float[][] im, int from, int to) {
    float[][] nextRe = new float[size][];
    float[][] nextIm = new float[size][];
    int stride = 1;
    for (int left = size; left > 1; ) {
      int radix = left % 4 == 0 ? 4 : left % 3 == 0 ? 3 : 2;
      int part = left / radix;
      for (int p = 0; p < part; p++) {
        for (int q = 0; q < stride; q++) {
          int in = q + stride * p;
          int step = stride * part;
          butterfly(radix, re, im, in, step, p * stride, from, to);
          for (int j = 0; j < radix; j++) {
            nextRe[q + stride * (radix * p + j)] = re[in + j * step];
            nextIm[q + stride * (radix * p + j)] = im[in + j * step];
          }
        }
      }
      System.arraycopy(nextRe, 0, re, 0, size);
      System.arraycopy(nextIm, 0, im, 0, size);
      stride *= radix;
      left = part;
    }
  }

  private void butterfly(
      int radix, float[][] re, float[][] im, int in, int step, int turn, int from, int to) {
    int b = in + step;
    int c = b + step;
    int d = c + step;
    int two = 2 * turn % size;
    int three = 3 * turn % size;
    switch (radix) {
      case 4 ->
          four(
              re[in],
              im[in],
              re[b],
              im[b],
              re[c],
              im[c],
              re[d],
              im[d],
              cosines[turn],
              sines[turn],
              cosines[two],
              sines[two],
              cosines[three],
              sines[three],
              from,
              to);
      case 3 ->
          three(
              re[in],
              im[in],
              re[b],
              im[b],
              re[c],
              im[c],
              cosines[turn],
              sines[turn],
              cosines[two],
              sines[two],
              from,
              to);
      default -> two(re[in], im[in], re[b], im[b], cosines[turn], sines[turn], from, to);
    }
  }

  private static void four(
      float[] ar,
      float[] ai,
      float[] br,
      float[] bi,
      float[] cr,
      float[] ci,
      float[] dr,
      float[] di,
      float w1r,
      float w1i,
      float w2r,
      float w2i,
      float w3r,
      float w3i,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      float sumR = ar[i] + cr[i];
      float sumI = ai[i] + ci[i];
      float lessR = ar[i] - cr[i];
      float lessI = ai[i] - ci[i];
      float otherR = br[i] + dr[i];
      float otherI = bi[i] + di[i];
      // −i·(b − d)
      float turnedR = bi[i] - di[i];
      float turnedI = dr[i] - br[i];
      float oneR = lessR + turnedR;
      float oneI = lessI + turnedI;
      float twoR = sumR - otherR;
      float twoI = sumI - otherI;
      float threeR = lessR - turnedR;
      float threeI = lessI - turnedI;
      ar[i] = sumR + otherR;
      ai[i] = sumI + otherI;
      br[i] = w1r * oneR - w1i * oneI;
      bi[i] = w1r * oneI + w1i * oneR;
      cr[i] = w2r * twoR - w2i * twoI;
      ci[i] = w2r * twoI + w2i * twoR;
      dr[i] = w3r * threeR - w3i * threeI;
      di[i] = w3r * threeI + w3i * threeR;
    }
  }

  private static void three(
      float[] ar,
      float[] ai,
      float[] br,
      float[] bi,
      float[] cr,
      float[] ci,
      float w1r,
      float w1i,
      float w2r,
      float w2i,
      int from,
      int to) {
    float half = (float) (Math.sqrt(3) / 2);
    for (int i = from; i < to; i++) {
      float sumR = br[i] + cr[i];
      float sumI = bi[i] + ci[i];
      // −i·√3/2·(b − c)
      float turnedR = half * (bi[i] - ci[i]);
      float turnedI = half * (cr[i] - br[i]);
      float restR = ar[i] - 0.5f * sumR;
      float restI = ai[i] - 0.5f * sumI;
      float oneR = restR + turnedR;
      float oneI = restI + turnedI;
      float twoR = restR - turnedR;
      float twoI = restI - turnedI;
      ar[i] += sumR;
      ai[i] += sumI;
      br[i] = w1r * oneR - w1i * oneI;
      bi[i] = w1r * oneI + w1i * oneR;
      cr[i] = w2r * twoR - w2i * twoI;
      ci[i] = w2r * twoI + w2i * twoR;
    }
  }

  private static void two(
      float[] ar, float[] ai, float[] br, float[] bi, float wr, float wi, int from, int to) {
    for (int i = from; i < to; i++) {
      float lessR = ar[i] - br[i];
      float lessI = ai[i] - bi[i];
      ar[i] += br[i];
      ai[i] += bi[i];
      br[i] = wr * lessR - wi * lessI;
      bi[i] = wr * lessI + wi * lessR;
    }
  }
}
