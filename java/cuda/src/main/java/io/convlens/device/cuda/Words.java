package io.convlens.device.cuda;

import io.convlens.device.MapShape;
import io.convlens.device.Window3;
import java.util.Arrays;
import java.util.List;

/** A C struct of eight-byte fields in the making, field by field in the order declared. */
final class Words {
  /** {@code CLK_AXES}: the most axes of a strided array. */
  static final int AXES = 8;

  /** More fields than most structs have. */
  private static final int USUAL = 80;

  private long[] words = new long[USUAL];
  private int count;

  /** An {@code int64_t} or an address. */
  Words put(long... values) {
    if (count + values.length > words.length) {
      words = Arrays.copyOf(words, 2 * (count + values.length));
    }
    System.arraycopy(values, 0, words, count, values.length);
    count += values.length;
    return this;
  }

  /** A {@code double}. */
  Words real(double value) {
    return put(Double.doubleToRawLongBits(value));
  }

  /** A {@code clk_map}. */
  Words map(MapShape m) {
    return put(m.n(), m.d(), m.h(), m.w(), m.c(), m.pitch());
  }

  /** A {@code clk_window}. */
  Words window(Window3 w) {
    return axes(w.kernel()).axes(w.stride()).axes(w.dilation()).axes(w.padBegin());
  }

  /** Three numbers, for d, h, w. */
  Words axes(Window3.Axes a) {
    return put(a.d(), a.h(), a.w());
  }

  /** An array of {@link #AXES} numbers, zero after those that are given. */
  Words perAxis(List<Long> values) {
    long[] all = new long[AXES];
    for (int i = 0; i < values.size(); i++) {
      all[i] = values.get(i);
    }
    return put(all);
  }

  long[] toArray() {
    return Arrays.copyOf(words, count);
  }
}
