package io.convlens.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceProvider;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** What the device promises around its kernels: ownership, errors, threads, equal bytes. */
class CpuDeviceTest {
  private static CpuDevice open() {
    return (CpuDevice) new CpuProvider().open("cpu", DeviceOptions.DEFAULT);
  }

  private static Tensor random(int seed, long... dims) {
    var r = new Random(seed);
    Tensor t = Tensor.zeros(Shape.of(dims));
    for (long i = 0; i < t.size(); i++) {
      t.set(i, (float) r.nextGaussian());
    }
    return t;
  }

  /** A 3x3 convolution of 14x14 maps that keeps their size. */
  private static Spec.Conv conv(int n, int pitch, Tensor weights) {
    int out = weights.shape().intDim(0);
    int in = weights.shape().intDim(1);
    var one = new Axes(1, 1, 1);
    var pad = new Axes(0, 1, 1);
    return new Spec.Conv(
        new MapShape(n, 1, 14, 14, in, Math.max(pitch, in)),
        new MapShape(n, 1, 14, 14, out, Math.max(pitch, out)),
        new Window3(new Axes(1, 3, 3), one, one, pad, pad),
        1,
        weights,
        null,
        List.of());
  }

  @Test
  void isFoundAndDescribed() {
    DeviceProvider provider =
        ServiceLoader.load(DeviceProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.kind().equals("cpu"))
            .findFirst()
            .orElseThrow();
    assertTrue(provider.probe().getFirst().usable(), provider.probe().toString());
    assertTrue(provider.probe().getFirst().description().contains("oneDNN 3."));
    try (Device device = provider.open("cpu", new DeviceOptions(1))) {
      assertEquals(1, device.info().threads());
      assertTrue(device.info().cacheBytes() > 1 << 20, device.info().toString());
    }
    DeviceException e =
        assertThrows(DeviceException.class, () -> provider.open("cpu:1", DeviceOptions.DEFAULT));
    assertEquals(DeviceException.Kind.UNAVAILABLE, e.kind());
  }

  @Test
  void closingTheDeviceFreesAllItMade() {
    long before = CpuDevice.live();
    try (Tensor weights = random(1, 32, 16, 3, 3)) {
      CpuDevice device = open();
      for (int n = 1; n < 5; n++) {
        Spec.Conv spec = conv(n, n == 2 ? 48 : 1, weights);
        Buffer in = device.allocate(spec.src().span());
        Buffer out = device.allocate(spec.dst().span());
        device.prepare(spec).bind(in, out).run();
      }
      device.allocate(3_000_000);
      assertTrue(CpuDevice.live() > before);
      device.close();
      device.close();
      assertEquals(before, CpuDevice.live());
      assertThrows(IllegalStateException.class, () -> device.allocate(1));
    }
  }

  @Test
  void closingAKernelFreesItsWeightsWithTheLastUser() {
    try (Tensor weights = random(1, 32, 16, 3, 3);
        CpuDevice device = open()) {
      long before = CpuDevice.live();
      Kernel one = device.prepare(conv(1, 1, weights));
      long pages = Pages.live();
      Kernel two = device.prepare(conv(2, 1, weights));
      assertEquals(pages, Pages.live(), "two batch sizes, two copies of the weights");
      one.close();
      assertEquals(pages, Pages.live());
      two.close();
      two.close();
      // Scratch memory stays with the device.
      assertTrue(CpuDevice.live() <= before + 1, "left: " + (CpuDevice.live() - before));
    }
  }

  @Test
  void usesAfterCloseSayWhatIsClosed() {
    try (Tensor weights = random(1, 32, 16, 3, 3);
        CpuDevice device = open()) {
      Spec.Conv spec = conv(1, 1, weights);
      Buffer in = device.allocate(spec.src().span() + 5);
      Buffer out = device.allocate(spec.dst().span());
      Kernel kernel = device.prepare(spec);
      Launch launch = kernel.bind(in.slice(5, spec.src().span()), out);
      launch.run();
      in.slice(1, 2).close();
      launch.run();
      in.close();
      in.close();
      var e = assertThrows(IllegalStateException.class, launch::run);
      assertTrue(e.getMessage().contains("of CPU buffer of 3141 floats is closed"), e.getMessage());
      kernel.close();
      e = assertThrows(IllegalStateException.class, launch::run);
      assertTrue(e.getMessage().contains("conv_mb1ic16ih14iw14oc32oh14ow14kh3kw3ph1pw1peh1pew1"));
    }
  }

  @Test
  void wrongOperandsAreRefused() {
    try (Tensor weights = random(1, 32, 16, 3, 3);
        CpuDevice device = open();
        CpuDevice other = open()) {
      Spec.Conv spec = conv(1, 1, weights);
      Kernel kernel = device.prepare(spec);
      Buffer in = device.allocate(spec.src().span());
      Buffer out = device.allocate(spec.dst().span());
      assertThrows(IllegalArgumentException.class, () -> kernel.bind(in));
      assertThrows(IllegalArgumentException.class, () -> kernel.bind(in, out.slice(1, 7)));
      assertThrows(
          IllegalArgumentException.class, () -> kernel.bind(in, other.allocate(spec.dst().span())));
      assertThrows(IndexOutOfBoundsException.class, () -> out.slice(1, out.size()));
    }
  }

  @Test
  void tooMuchMemoryIsOneKindOfFailure() {
    try (CpuDevice device = open()) {
      DeviceException e = assertThrows(DeviceException.class, () -> device.allocate(1L << 50));
      assertEquals(DeviceException.Kind.OUT_OF_MEMORY, e.kind());
    }
  }

  @Test
  void newBuffersAreZero() {
    try (CpuDevice device = open()) {
      for (long size : new long[] {1, 1000, 2_000_000}) {
        Buffer b = device.allocate(size);
        try (Tensor t = random(1, size)) {
          device.download(b, size, t, 0);
          assertEquals(0, t.get(0));
          assertEquals(0, t.get(size - 1));
        }
      }
    }
  }

  @Test
  void anotherThreadGetsTheSameBytes() throws InterruptedException {
    try (Tensor weights = random(1, 32, 16, 3, 3);
        CpuDevice device = open()) {
      Spec.Conv spec = conv(3, 1, weights);
      Buffer in = device.allocate(spec.src().span());
      Buffer out = device.allocate(spec.dst().span());
      Launch launch = device.prepare(spec).bind(in, out);
      try (Tensor x = random(2, in.size());
          Tensor here = random(3, out.size());
          Tensor there = random(4, out.size())) {
        device.upload(x, 0, x.size(), in);
        launch.run();
        device.download(out, out.size(), here, 0);
        Thread thread =
            new Thread(
                () -> {
                  launch.run();
                  device.download(out, out.size(), there, 0);
                });
        thread.start();
        thread.join();
        assertArrayEquals(here.toArray(), there.toArray());
      }
    }
  }

  @Test
  void networksNeverMeetReferenceImplementations() {
    try (Tensor weights = random(1, 32, 16, 3, 3);
        Tensor depthwise = random(1, 32, 1, 3, 3);
        CpuDevice device = open()) {
      for (int n : new int[] {1, 8}) {
        for (int pitch : new int[] {1, 64}) {
          Spec.Conv plain = conv(n, pitch, weights);
          Spec.Conv deep = conv(n, pitch, depthwise);
          var grouped =
              new Spec.Conv(plain.dst(), deep.dst(), deep.window(), 32, depthwise, null, List.of());
          for (Spec spec : List.of(plain, grouped)) {
            String kernel = device.prepare(spec).toString();
            assertTrue(!kernel.contains("ref"), kernel);
          }
        }
      }
    }
  }
}
