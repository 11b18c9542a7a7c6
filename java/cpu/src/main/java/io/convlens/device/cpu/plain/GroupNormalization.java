package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Instance and group normalisation: means and deviations in double precision, in two passes over a
 * picture. Sums are taken chunk by chunk and the chunks' sums in order, whoever computes them.
 */
public final class GroupNormalization implements PlainKernel {
  /** Elements a chunk: work for some microseconds. */
  private static final int CHUNK = 16384;

  private final MapShape src;
  private final MapShape dst;
  private final int groups;
  private final float epsilon;
  private final float[] scale;
  private final float[] shift;
  private final long places;
  private final int chunkPlaces;
  private final int chunks;

  private GroupNormalization(Spec.GroupNorm s) {
    src = s.src();
    dst = s.dst();
    groups = s.groups();
    epsilon = s.epsilon();
    scale = s.scale().toArray();
    shift = s.shift().toArray();
    places = src.places() / Math.max(1, src.n());
    chunkPlaces = Math.max(1, CHUNK / Math.max(1, src.c()));
    chunks = Math.toIntExact((places + chunkPlaces - 1) / chunkPlaces);
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.GroupNorm spec) {
    return new GroupNormalization(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    double[][] sums = new double[chunks * src.n()][src.c()];
    eachChunk(
        parallel,
        (row, n, chunk, at) -> {
          Memory.read(operands[0], at * src.pitch(), row, 0, row.length);
          add(row, sums[chunk]);
        });
    Centre[] centres = new Centre[src.n()];
    for (int n = 0; n < centres.length; n++) {
      centres[n] = new Centre(average(sums, n));
    }
    for (double[] s : sums) {
      Arrays.fill(s, 0);
    }
    eachChunk(
        parallel,
        (row, n, chunk, at) -> {
          Memory.read(operands[0], at * src.pitch(), row, 0, row.length);
          centres[n].subtract(row);
          addSquares(row, sums[chunk]);
        });
    float[][] factors = new float[src.n()][src.c()];
    for (int n = 0; n < factors.length; n++) {
      double[] variance = average(sums, n);
      for (int c = 0; c < variance.length; c++) {
        factors[n][c] = (float) (scale[c] / Math.sqrt(variance[c] + epsilon));
      }
    }
    eachChunk(
        parallel,
        (row, n, chunk, at) -> {
          Memory.read(operands[0], at * src.pitch(), row, 0, row.length);
          centres[n].subtract(row);
          scale(row, factors[n], shift);
          Memory.write(row, 0, operands[1], at * dst.pitch(), row.length);
        });
  }

  /**
   * Means a channel in two parts, so that little is lost where elements are close to the mean and
   * far from 0, and yet all is single precision, of which a vector holds twice as many.
   */
  private static final class Centre {
    private final float[] high;
    private final float[] low;

    Centre(double[] means) {
      high = new float[means.length];
      low = new float[means.length];
      for (int c = 0; c < means.length; c++) {
        high[c] = (float) means[c];
        low[c] = (float) (means[c] - high[c]);
      }
    }

    void subtract(float[] row) {
      for (int c = 0; c < row.length; c++) {
        row[c] = row[c] - high[c] - low[c];
      }
    }
  }

  /** What is done to a place of a picture. */
  private interface Visit {
    void place(float[] row, int picture, int chunk, long at);
  }

  private void eachChunk(Parallel parallel, Visit visit) {
    parallel.run(
        (long) src.n() * chunks,
        2,
        (from, to) -> {
          float[] row = new float[src.c()];
          for (int chunk = (int) from; chunk < to; chunk++) {
            int n = chunk / chunks;
            long first = (long) (chunk % chunks) * chunkPlaces;
            long end = Math.min(places, first + chunkPlaces);
            for (long p = first; p < end; p++) {
              visit.place(row, n, chunk, n * places + p);
            }
          }
        });
  }

  private static void add(float[] row, double[] sums) {
    for (int c = 0; c < row.length; c++) {
      sums[c] += row[c];
    }
  }

  private static void addSquares(float[] row, double[] sums) {
    for (int c = 0; c < row.length; c++) {
      sums[c] += (double) row[c] * row[c];
    }
  }

  private static void scale(float[] row, float[] factors, float[] shift) {
    for (int c = 0; c < row.length; c++) {
      row[c] = row[c] * factors[c] + shift[c];
    }
  }

  /** The sums of a picture's chunks become averages of groups, given for each channel. */
  private double[] average(double[][] sums, int n) {
    int size = src.c() / groups;
    double[] all = new double[src.c()];
    for (int chunk = 0; chunk < chunks; chunk++) {
      Fold.SUM.each(all, sums[n * chunks + chunk], all.length);
    }
    for (int g = 0; g < groups; g++) {
      double sum = 0;
      for (int c = g * size; c < (g + 1) * size; c++) {
        sum += all[c];
      }
      Arrays.fill(all, g * size, (g + 1) * size, sum / ((double) places * size));
    }
    return all;
  }
}
