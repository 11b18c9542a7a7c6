package io.convlens.device.cpu.plain;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Numbers about maps in one reading. A line is as many neighbouring places as make some hundred
 * elements, each a lane; the lines of a group are compared lane by lane, in loops that become
 * vector instructions. Which group holds a lane's largest value is noted, and only that group is
 * searched for the place.
 *
 * <p>Values are compared as their bits. Those of numbers from 0 on are ordered as integers, those
 * of negative numbers the other way round: the largest value has the largest bits if those are not
 * negative, and else the least. 0.18 ns a value, where a branch a lane and group made it 0.31.
 */
public final class FiguresOfMaps implements PlainKernel {
  /** Elements a line, about: a group of them fits the first-level cache. */
  private static final int LINE = 512;

  /** Lines that are compared at once. */
  private static final int GROUP = 8;

  private static final int MAGNITUDE = 0x7fffffff;

  private final MapShape src;
  private final Spec.Figures figures;
  private final int places;

  /** Channels taken together, at most. */
  private final int run;

  /** Places a line. */
  private final int fold;

  private FiguresOfMaps(Spec.MapFigures spec) {
    this.src = spec.src();
    this.figures = spec.figures();
    this.places = src.d() * src.h() * src.w();
    int runs = (src.c() + LINE - 1) / LINE;
    this.run = (src.c() + runs - 1) / Math.max(1, runs);
    this.fold = Math.max(1, Math.min(places, LINE / Math.max(1, run)));
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.MapFigures spec) {
    return new FiguresOfMaps(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    int runs = (src.c() + run - 1) / run;
    parallel.run(
        (long) src.n() * runs,
        1,
        (from, end) -> {
          var tally = new Tally(operands[0], operands[1]);
          for (long item = from; item < end; item++) {
            tally.take((int) (item / runs), (int) (item % runs) * run);
          }
        });
  }

  /** One thread's arrays. */
  private final class Tally {
    private final MemorySegment in;
    private final MemorySegment out;
    private final int[][] lines = new int[GROUP][fold * run];
    private final int[] most = new int[fold * run];
    private final int[] least = new int[fold * run];
    private final int[] magnitudes = new int[fold * run];

    /** The largest value of each lane, as an integer that is ordered as the values are. */
    private final int[] best = new int[fold * run];

    private final int[] groups = new int[fold * run];

    /** Those of whom not only the peak is asked for. */
    private final float[][] values =
        new float[figures == Spec.Figures.PEAK ? 0 : GROUP][fold * run];

    private final double[] sums = new double[fold * run];
    private final int[] above = new int[fold * run];
    private final int[] zero = new int[fold * run];

    private long first;
    private int channel;
    private int channels;

    Tally(MemorySegment in, MemorySegment out) {
      this.in = in;
      this.out = out;
    }

    void take(int picture, int from) {
      first = (long) picture * places;
      channel = from;
      channels = Math.min(run, src.c() - from);
      Arrays.fill(best, Integer.MIN_VALUE);
      Arrays.fill(groups, 0);
      Arrays.fill(magnitudes, 0);
      Arrays.fill(sums, 0);
      Arrays.fill(above, 0);
      Arrays.fill(zero, 0);
      int whole = places / fold;
      for (int line = 0; line < whole; line += GROUP) {
        group(line, Math.min(GROUP, whole - line), fold);
      }
      if (whole * fold < places) {
        group((whole + GROUP - 1) / GROUP * GROUP, 1, places - whole * fold);
      }
      write(picture);
    }

    /**
     * Lines that follow each other.
     *
     * @param line the first one's number, where numbers of groups begin at multiples of GROUP
     * @param wide places of each
     */
    private void group(int line, int count, int wide) {
      int n = wide * channels;
      int number = line / GROUP;
      long place = first + (long) Math.min(line, places / fold) * fold;
      for (int k = 0; k < count; k++) {
        Memory.readRuns(
            in,
            (place + (long) k * fold) * src.pitch() + channel,
            src.pitch(),
            channels,
            lines[k],
            wide);
      }
      if (count == GROUP) {
        compare(n);
      } else {
        compareSome(count, n);
      }
      keepBest(number, n);
      if (figures != Spec.Figures.PEAK) {
        for (int k = 0; k < count; k++) {
          Memory.readRuns(
              in,
              (place + (long) k * fold) * src.pitch() + channel,
              src.pitch(),
              channels,
              values[k],
              wide);
        }
        sum(count, n);
      }
      if (figures == Spec.Figures.ACTIVITY) {
        for (int k = 0; k < count; k++) {
          count(lines[k], above, zero, n);
        }
      }
    }

    private void compare(int n) {
      most(lines, most, n);
      least(lines, least, n);
      magnitudes(lines, magnitudes, n);
    }

    // Each loop writes one array, or it would not run on vectors.

    private static void most(int[][] lines, int[] to, int n) {
      int[] a = lines[0];
      int[] b = lines[1];
      int[] c = lines[2];
      int[] d = lines[3];
      int[] e = lines[4];
      int[] f = lines[5];
      int[] g = lines[6];
      int[] h = lines[7];
      for (int i = 0; i < n; i++) {
        int ab = Math.max(a[i], b[i]);
        int cd = Math.max(c[i], d[i]);
        int ef = Math.max(e[i], f[i]);
        int gh = Math.max(g[i], h[i]);
        to[i] = Math.max(Math.max(ab, cd), Math.max(ef, gh));
      }
    }

    private static void least(int[][] lines, int[] to, int n) {
      int[] a = lines[0];
      int[] b = lines[1];
      int[] c = lines[2];
      int[] d = lines[3];
      int[] e = lines[4];
      int[] f = lines[5];
      int[] g = lines[6];
      int[] h = lines[7];
      for (int i = 0; i < n; i++) {
        int ab = Math.min(a[i], b[i]);
        int cd = Math.min(c[i], d[i]);
        int ef = Math.min(e[i], f[i]);
        int gh = Math.min(g[i], h[i]);
        to[i] = Math.min(Math.min(ab, cd), Math.min(ef, gh));
      }
    }

    private static void magnitudes(int[][] lines, int[] to, int n) {
      int[] a = lines[0];
      int[] b = lines[1];
      int[] c = lines[2];
      int[] d = lines[3];
      int[] e = lines[4];
      int[] f = lines[5];
      int[] g = lines[6];
      int[] h = lines[7];
      for (int i = 0; i < n; i++) {
        int ab = Math.max(a[i] & MAGNITUDE, b[i] & MAGNITUDE);
        int cd = Math.max(c[i] & MAGNITUDE, d[i] & MAGNITUDE);
        int ef = Math.max(e[i] & MAGNITUDE, f[i] & MAGNITUDE);
        int gh = Math.max(g[i] & MAGNITUDE, h[i] & MAGNITUDE);
        to[i] = Math.max(to[i], Math.max(Math.max(ab, cd), Math.max(ef, gh)));
      }
    }

    /** Takes over what is larger than all before it. */
    private void keepBest(int number, int n) {
      order(least, most, n);
      note(best, most, number, groups, n);
      for (int i = 0; i < n; i++) {
        best[i] = Math.max(best[i], most[i]);
      }
    }

    /** The largest value, ordered, of the largest and the least bits. */
    private static void order(int[] least, int[] most, int n) {
      for (int i = 0; i < n; i++) {
        int negative = most[i] >> 31;
        int bits = (most[i] & ~negative) | (least[i] & negative);
        // Both zeros are one number.
        int unsigned = bits << 1;
        bits &= (unsigned | -unsigned) >> 31;
        most[i] = ordered(bits);
      }
    }

    /** Puts a number where what comes is larger than what was. */
    private static void note(int[] was, int[] comes, int number, int[] to, int n) {
      for (int i = 0; i < n; i++) {
        int changed = Math.max(was[i], comes[i]) ^ was[i];
        int mask = (changed | -changed) >> 31;
        to[i] = (to[i] & ~mask) | (number & mask);
      }
    }

    /** From a number's bits to integers that are ordered as numbers are, and back. */
    private static int ordered(int bits) {
      return bits ^ (bits >> 31 & MAGNITUDE);
    }

    private void compareSome(int count, int n) {
      System.arraycopy(lines[0], 0, most, 0, n);
      System.arraycopy(lines[0], 0, least, 0, n);
      for (int k = 0; k < count; k++) {
        compareOne(lines[k], n);
      }
    }

    private void compareOne(int[] line, int n) {
      for (int i = 0; i < n; i++) {
        most[i] = Math.max(most[i], line[i]);
      }
      for (int i = 0; i < n; i++) {
        least[i] = Math.min(least[i], line[i]);
      }
      for (int i = 0; i < n; i++) {
        magnitudes[i] = Math.max(magnitudes[i], line[i] & MAGNITUDE);
      }
    }

    /** So few terms in single precision that nothing is lost that shows. */
    private void sum(int count, int n) {
      for (int k = 1; k < count; k++) {
        add(values[k], values[0], n);
      }
      for (int i = 0; i < n; i++) {
        sums[i] += values[0][i];
      }
    }

    private static void add(float[] from, float[] to, int n) {
      for (int i = 0; i < n; i++) {
        to[i] += from[i];
      }
    }

    /** The sign of a difference is the answer: no branches, so that it runs on vectors. */
    private static void count(int[] bits, int[] above, int[] zero, int n) {
      for (int i = 0; i < n; i++) {
        above[i] += -bits[i] >>> 31 & ~bits[i] >>> 31;
      }
      for (int i = 0; i < n; i++) {
        int unsigned = bits[i] << 1;
        zero[i] += 1 - ((unsigned | -unsigned) >>> 31);
      }
    }

    private void write(int picture) {
      for (int c = 0; c < channels; c++) {
        int most = Integer.MIN_VALUE;
        int magnitude = 0;
        double sum = 0;
        int positive = 0;
        int none = 0;
        for (int i = c; i < fold * channels; i += channels) {
          most = Math.max(most, best[i]);
          magnitude = Math.max(magnitude, magnitudes[i]);
          sum += sums[i];
          positive += above[i];
          none += zero[i];
        }
        put(picture, c, 0, Float.intBitsToFloat(ordered(most)));
        put(picture, c, 1, place(c, most));
        put(picture, c, 2, Float.intBitsToFloat(magnitude));
        if (figures != Spec.Figures.PEAK) {
          put(picture, c, 3, (float) sum);
        }
        if (figures == Spec.Figures.ACTIVITY) {
          put(picture, c, 4, positive);
          put(picture, c, 5, none);
        }
      }
    }

    private void put(int picture, int c, int number, float value) {
      long row = (long) picture * figures.count() + number;
      out.setAtIndex(JAVA_FLOAT, row * src.c() + channel + c, value);
    }

    /** Where a channel's largest value stands first; 0 if it is no number. */
    private int place(int c, int most) {
      float largest = Float.intBitsToFloat(ordered(most));
      int found = places;
      for (int q = 0; q < fold; q++) {
        int lane = q * channels + c;
        if (best[lane] == most) {
          int from = groups[lane] * GROUP * fold + q;
          // The last line, a part of one, follows the whole ones and begins a group by itself.
          int start = Math.min(from, places / fold * fold + q);
          int end = Math.min(found, Math.min(places, start + GROUP * fold));
          for (int p = start; p < end; p += fold) {
            long at = (first + p) * src.pitch() + channel + c;
            if (in.getAtIndex(JAVA_FLOAT, at) == largest) {
              found = p;
              break;
            }
          }
        }
      }
      return found == places ? 0 : found;
    }
  }
}
