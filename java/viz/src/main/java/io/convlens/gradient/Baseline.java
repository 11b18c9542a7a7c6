package io.convlens.gradient;

import io.convlens.io.UnusableOptionException;
import java.util.Arrays;
import java.util.List;

/** What an input is compared with: where nothing is to be seen. */
public sealed interface Baseline {
  /**
   * One value for all, in the network's input space.
   *
   * @param value finite
   */
  record Constant(float value) implements Baseline {
    /** Checks the value. */
    public Constant {
      if (!Float.isFinite(value)) {
        throw new UnusableOptionException("baseline " + value + ": must be finite");
      }
    }

    @Override
    public String toString() {
      return Float.toString(value);
    }
  }

  /**
   * The picture itself, blurred by a Gaussian that is cut off at three deviations.
   *
   * @param deviation in pixels, above 0
   */
  record Blurred(double deviation) implements Baseline {
    /** Cut off where a Gaussian is a hundredth of its peak. */
    static final int REACH = 3;

    private static final int MOST = 1 << 12;

    /** Checks the deviation. */
    public Blurred {
      if (!(deviation > 0 && deviation <= MOST)) {
        throw new UnusableOptionException("baseline blur " + deviation + ": above 0");
      }
    }

    @Override
    public String toString() {
      return "blur:" + deviation;
    }
  }

  /** Uniform noise over the range of the picture's own values (Sturmfels et al. 2020). */
  record Random() implements Baseline {
    @Override
    public String toString() {
      return "noise";
    }
  }

  /**
   * Given ones.
   *
   * @param name what they are called
   * @param inputs each as the network takes it; not to be changed
   */
  record Given(String name, List<float[]> inputs) implements Baseline {
    /** Copies the list. */
    public Given {
      inputs = List.copyOf(inputs);
      if (inputs.isEmpty()) {
        throw new UnusableOptionException("no baselines in " + name);
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * The baseline of an input.
   *
   * @param frame how inputs lie
   * @param noise what noise comes from
   * @param sample which one, where there are several
   * @throws UnusableOptionException if a given one has another size
   */
  default float[] of(float[] x, Frame frame, Noise noise, int sample) {
    return switch (this) {
      case Constant(float value) -> {
        float[] all = new float[x.length];
        Arrays.fill(all, value);
        yield all;
      }
      case Blurred(double deviation) -> {
        int reach = (int) Math.ceil(Blurred.REACH * deviation);
        yield frame.blurred(x, new GaussianBlur(deviation, reach));
      }
      case Random() -> noise.within(x, sample);
      case Given(String name, List<float[]> inputs) -> {
        float[] one = inputs.get(sample % inputs.size());
        if (one.length != x.length) {
          throw new UnusableOptionException(
              "baseline %s has %d numbers, the input %d".formatted(name, one.length, x.length));
        }
        yield one;
      }
    };
  }
}
