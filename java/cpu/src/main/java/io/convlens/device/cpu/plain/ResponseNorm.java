package io.convlens.device.cpu.plain;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Local response normalisation across channels, of even sizes and pitched maps too. A block of
 * places is laid out with zeros between the channels of one place and the next, as many as a window
 * reaches over, so that the sums over windows are long loops without an end to watch.
 */
public final class ResponseNorm implements PlainKernel {
  private static final int BLOCK = 2048;

  private final MapShape src;
  private final MapShape dst;
  private final int taps;
  private final int before;
  private final float scale;
  private final float beta;
  private final float bias;
  private final int padded;
  private final int blockPlaces;

  private ResponseNorm(Spec.Lrn s) {
    src = s.src();
    dst = s.dst();
    // A window never sees more than all channels before its own and all after it.
    before = Math.min((s.size() - 1) / 2, Math.max(0, src.c() - 1));
    taps = before + 1 + Math.min(s.size() / 2, Math.max(0, src.c() - 1));
    scale = s.alpha() / s.size();
    beta = s.beta();
    bias = s.bias();
    padded = src.c() + taps - 1;
    blockPlaces = Math.max(1, BLOCK / Math.max(1, padded));
  }

  /** The kernel of a specification. */
  public static PlainKernel of(Spec.Lrn spec) {
    return new ResponseNorm(spec);
  }

  @Override
  public void run(MemorySegment[] operands, Parallel parallel) {
    long blocks = (src.places() + blockPlaces - 1) / blockPlaces;
    parallel.run(
        blocks,
        2,
        (from, to) -> {
          // Zeros between places stay: only the channels are ever written.
          float[] values = new float[blockPlaces * padded + taps];
          float[] shifted = new float[blockPlaces * padded];
          float[] sums = new float[shifted.length];
          for (long block = from; block < to; block++) {
            long first = block * blockPlaces;
            int places = (int) Math.min(blockPlaces, src.places() - first);
            for (int p = 0; p < places; p++) {
              Memory.read(
                  operands[0], (first + p) * src.pitch(), values, p * padded + before, src.c());
            }
            normalise(values, shifted, sums, places * padded);
            for (int p = 0; p < places; p++) {
              Memory.write(sums, p * padded, operands[1], (first + p) * dst.pitch(), src.c());
            }
          }
        });
  }

  /** Leaves the results in {@code sums}, those of a place from its first element on. */
  private void normalise(float[] values, float[] shifted, float[] sums, int count) {
    Arrays.fill(sums, 0, count, 0);
    for (int tap = 0; tap < taps; tap++) {
      // Only at the same index do loops over two arrays become vector instructions.
      System.arraycopy(values, tap, shifted, 0, count);
      addSquares(shifted, sums, count);
    }
    System.arraycopy(values, before, shifted, 0, count);
    if (beta == 0.75f) {
      divideByThreeQuarters(shifted, sums, count);
    } else {
      divideByPower(shifted, sums, count);
    }
  }

  private static void addSquares(float[] shifted, float[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += shifted[i] * shifted[i];
    }
  }

  /** The power 3/4 is a root times the root of a root. */
  private void divideByThreeQuarters(float[] shifted, float[] sums, int count) {
    for (int i = 0; i < count; i++) {
      float root = (float) Math.sqrt(bias + scale * sums[i]);
      sums[i] = shifted[i] / (root * (float) Math.sqrt(root));
    }
  }

  private void divideByPower(float[] shifted, float[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = (float) (shifted[i] * Math.pow(bias + scale * sums[i], -beta));
    }
  }
}
