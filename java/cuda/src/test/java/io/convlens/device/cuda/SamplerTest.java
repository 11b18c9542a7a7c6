package io.convlens.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.convlens.device.Buffer;
import io.convlens.device.CounterNoise;
import io.convlens.device.Device;
import io.convlens.device.DeviceOptions;
import io.convlens.device.SampleSpec;
import io.convlens.device.SampleSpec.Between;
import io.convlens.device.SampleSpec.Noisy;
import io.convlens.device.SampleSpec.Samples;
import io.convlens.device.Sampler;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Samples that the device makes and gathers, to the last bit those of plain loops. */
final class SamplerTest {
  private static final int CHANNELS = 3;
  private static final int PLACES = 35;
  private static final int ELEMENTS = CHANNELS * PLACES;
  private static final int BATCH = 4;
  private static final int COUNT = 10;

  /** Channels last, a gap after each place; channels first. */
  private static final List<Long> INPUT = List.of(5L * PLACES, 1L, 5L);

  private static final List<Long> GRADIENT = List.of((long) ELEMENTS, (long) PLACES, 1L);

  private final float[] picture = numbers(new Random(3), ELEMENTS);
  private final float[] baseline = numbers(new Random(5), ELEMENTS);

  @BeforeEach
  void reset() {
    Emulator.assume();
    Emulator.reset();
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static Device cuda() {
    return new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT.withTuning(false));
  }

  /** All samples, and what was read at the end. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Run(List<float[]> samples, float[] sum, float[] variance) {}

  private Run run(Samples samples, List<float[]> gradients) {
    List<float[]> made = new ArrayList<>();
    var spec = new SampleSpec(BATCH, List.of(3L, 35L), INPUT, GRADIENT, samples);
    try (Device device = cuda();
        Sampler sampler = device.sampler(spec).orElseThrow();
        Buffer input = device.allocate(BATCH * 5L * PLACES);
        Buffer gradient = device.allocate((long) BATCH * ELEMENTS);
        Tensor x = Tensor.of(Shape.of(1, 3, 5, 7), picture);
        Tensor from = Tensor.of(Shape.of(1, 3, 5, 7), baseline);
        Tensor batch = Tensor.zeros(Shape.of(BATCH, PLACES, 5));
        Tensor result = Tensor.zeros(Shape.of(ELEMENTS))) {
      sampler.start(x, from, input, gradient);
      for (int first = 0; first < COUNT; first += BATCH) {
        int count = Math.min(BATCH, COUNT - first);
        sampler.fill(first, count);
        device.download(input, input.size(), batch, 0);
        for (int row = 0; row < count; row++) {
          made.add(planes(batch, row));
          try (Tensor g = Tensor.of(Shape.of(ELEMENTS), gradients.get(first + row))) {
            device.upload(g, 0, ELEMENTS, gradient.slice((long) row * ELEMENTS, ELEMENTS));
          }
        }
        sampler.take(first, count);
      }
      sampler.readSum(result);
      float[] sum = result.toArray();
      if (samples instanceof Noisy) {
        sampler.readVariance(result);
      } else {
        assertThrows(IllegalStateException.class, () -> sampler.readVariance(result));
      }
      return new Run(made, sum, result.toArray());
    } finally {
      Emulator.assertClean("samples");
    }
  }

  private static float[] planes(Tensor batch, int row) {
    float[] planes = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      planes[i] = batch.get((row * PLACES + i % PLACES) * 5L + i / PLACES);
    }
    return planes;
  }

  private static List<float[]> gradients() {
    var random = new Random(4);
    List<float[]> gradients = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      gradients.add(numbers(random, ELEMENTS));
    }
    return gradients;
  }

  @Test
  void noiseIsTheCpus() {
    List<float[]> gradients = gradients();
    Run run = run(new Noisy(COUNT, 11, 0.3), gradients);
    var noise = new CounterNoise(11);
    for (int sample = 0; sample < COUNT; sample++) {
      float[] expected = picture.clone();
      for (int i = 0; i < ELEMENTS; i++) {
        expected[i] += (float) (0.3 * noise.normal(sample, i));
      }
      assertArrayEquals(expected, run.samples().get(sample), "sample " + sample);
    }
    for (int i = 0; i < ELEMENTS; i++) {
      int element = i;
      double mean = gradients.stream().mapToDouble(g -> g[element]).average().orElseThrow();
      double variance =
          gradients.stream()
              .mapToDouble(g -> (g[element] - mean) * (g[element] - mean))
              .average()
              .orElseThrow();
      assertEquals(mean, run.sum()[i], 1e-7);
      assertEquals(variance, run.variance()[i], 1e-6);
    }
  }

  @Test
  void pointsOnTheWayAreWeighted() {
    List<Double> places = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      places.add((i + 0.5) / COUNT);
      weights.add(1.0 / (i + 2));
    }
    List<float[]> gradients = gradients();
    Run run = run(new Between(places, weights), gradients);
    for (int i = 0; i < ELEMENTS; i++) {
      double sum = 0;
      for (int sample = 0; sample < COUNT; sample++) {
        double way = baseline[i] + places.get(sample) * ((double) picture[i] - baseline[i]);
        assertEquals(way, run.samples().get(sample)[i], 1e-7 * Math.max(1, Math.abs(way)));
        sum += weights.get(sample) * gradients.get(sample)[i];
      }
      assertEquals(sum, run.sum()[i], 1e-6);
    }
  }
}
