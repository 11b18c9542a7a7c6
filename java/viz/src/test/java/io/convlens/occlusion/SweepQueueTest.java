package io.convlens.occlusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.graph.OnnxBuilder;
import io.convlens.io.Futures;
import io.convlens.network.Network;
import io.convlens.network.NetworkOptions;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pictures before two devices, which are two sweeps on the CPU. */
@Timeout(60)
final class SweepQueueTest {
  private static final int PICTURES = 6;
  private static final Shape SHAPE = Shape.of(1, 1, 8, 8);

  @TempDir Path folder;
  private final List<Network> networks = new ArrayList<>();
  private final List<Sweep> sweeps = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    var net = new OnnxBuilder(13);
    String x = net.input("x", -1, 1, 8, 8);
    String weights = net.floats(new long[] {2, 1, 3, 3}, numbers(18, 1));
    String pooled = net.node("GlobalAveragePool", net.node("Conv", x, weights).out()).out();
    net.output(net.node("Softmax", net.node("Flatten", pooled).out()).out());
    Path model = net.write(folder.resolve("net.onnx"));
    for (int i = 0; i < 2; i++) {
      networks.add(Network.load(model, NetworkOptions.DEFAULT.withDevice("cpu")));
      sweeps.add(Occlusion.with(o -> o.patch(2).stride(2)).prepare(networks.get(i), SHAPE));
    }
  }

  @AfterEach
  void close() {
    sweeps.forEach(Sweep::close);
    networks.forEach(Network::close);
  }

  private static float[] numbers(int count, int seed) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) Math.sin(seed * 31 + i);
    }
    return numbers;
  }

  private static Tensor picture(int index) {
    return Tensor.of(SHAPE, numbers(64, index));
  }

  private float[] alone(int index) {
    try (Tensor picture = picture(index)) {
      return sweeps.getFirst().maps(picture, 0, (_, _) -> true).only().scores();
    }
  }

  /** Pictures that are dealt in turns would wait for the device that hangs. */
  @Test
  void aSlowDeviceHoldsUpOnlyThePictureThatItHas() {
    List<float[]> expected = IntStream.range(0, PICTURES).mapToObj(this::alone).toList();
    var others = new CountDownLatch(PICTURES - 1);
    int[] made = new int[2];
    try (var queue = new SweepQueue(_ -> true)) {
      List<Future<float[]>> begun = new ArrayList<>();
      sweeps.forEach(queue::put);
      for (int i = 0; i < PICTURES; i++) {
        boolean hangs = i == 0;
        begun.add(
            queue.add(
                picture(i),
                (device, _, maps) -> {
                  if (hangs) {
                    await(others);
                  }
                  others.countDown();
                  made[device]++;
                  return maps.only().scores().clone();
                }));
      }
      for (int i = 0; i < PICTURES; i++) {
        assertArrayEquals(expected.get(i), Futures.result(begun.get(i)), "picture " + i);
      }
    }
    assertEquals(PICTURES, made[0] + made[1]);
    assertEquals(1, Math.min(made[0], made[1]));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS), "the other device did the rest");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theFirstFailureEndsAll() {
    var lost = new IllegalStateException("the device is lost");
    try (var queue = new SweepQueue(_ -> true)) {
      sweeps.forEach(queue::put);
      Future<Integer> first = queue.add(picture(0), (_, _, _) -> 1);
      assertEquals(1, Futures.result(first));
      List<Future<Integer>> later = new ArrayList<>();
      var together = new CountDownLatch(1);
      for (int i = 1; i < PICTURES; i++) {
        later.add(
            queue.add(
                picture(i),
                (_, _, _) -> {
                  await(together);
                  throw lost;
                }));
      }
      together.countDown();
      for (Future<Integer> f : later) {
        assertSame(lost, assertThrows(IllegalStateException.class, () -> Futures.result(f)));
      }
      Future<Integer> tooLate = queue.add(picture(0), (_, _, _) -> 1);
      assertSame(lost, assertThrows(IllegalStateException.class, () -> Futures.result(tooLate)));
    }
  }

  @Test
  void aListenerStopsItAndCountsEveryPosition() {
    long[] done = {0};
    try (var queue = new SweepQueue(more -> (done[0] += more) < 3L * positions())) {
      sweeps.forEach(queue::put);
      List<Future<Integer>> begun = new ArrayList<>();
      for (int i = 0; i < PICTURES; i++) {
        begun.add(queue.add(picture(i), (_, _, _) -> 1));
      }
      assertThrows(CancellationException.class, () -> Futures.result(begun.getLast()));
    }
    assertTrue(done[0] >= 3L * positions() && done[0] < 5L * positions(), "done " + done[0]);
  }

  private int positions() {
    return sweeps.getFirst().positions();
  }

  @Test
  void whatWaitsWhenItIsClosedIsStopped() {
    Future<Integer> waiting;
    try (var queue = new SweepQueue(_ -> true)) {
      waiting = queue.add(picture(0), (_, _, _) -> 1);
    }
    assertThrows(CancellationException.class, () -> Futures.result(waiting));
  }
}
