package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceInfo;
import io.convlens.device.DeviceOptions;
import io.convlens.device.DeviceSuite;
import io.convlens.device.Kernel;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bugs of the kinds that GPUs keep quiet about, each of which the emulator must show. */
final class PlantedBugsTest {
  private static final int ELEMENTS = 64;

  @BeforeEach
  void reset() {
    Emulator.assume();
    Emulator.reset();
  }

  @AfterEach
  void forget() {
    Emulator.reset();
  }

  private static Gpu gpu() {
    return ((Gpus.Outcome.Found) Gpus.find()).gpus().getFirst();
  }

  private static float[] numbers() {
    float[] numbers = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      numbers[i] = i + 1;
    }
    return numbers;
  }

  /** A stream with numbers on the device, and pinned memory to bring them back to. */
  private static final class Machine implements AutoCloseable {
    private final GpuContext context = new GpuContext(gpu());
    private final CudaStream stream;
    private final CudaStream other;
    private final DeviceMemory memory;
    private final long pinned;
    private final MemorySegment host;

    Machine() {
      context.enter();
      stream = new CudaStream(context);
      other = new CudaStream(context);
      memory = new DeviceMemory(context, stream, ELEMENTS * Float.BYTES);
      long bytes = memory.bytes();
      pinned = context.make("cuMemHostAlloc", bytes, out -> Driver.hostAllocate(out, bytes));
      host = MemorySegment.ofAddress(pinned).reinterpret(bytes);
      MemorySegment.copy(numbers(), 0, host, JAVA_FLOAT, 0, ELEMENTS);
      copyUp();
      stream.synchronize();
      host.fill((byte) 0);
    }

    void copyUp() {
      int code = Driver.copyUp(memory.address(), pinned, memory.bytes(), stream.handle());
      context.check("cuMemcpyHtoDAsync", code, "");
    }

    void copyDown(CudaStream on) {
      int code = Driver.copyDown(pinned, memory.address(), memory.bytes(), on.handle());
      context.check("cuMemcpyDtoHAsync", code, "");
    }

    float[] read() {
      return host.toArray(JAVA_FLOAT);
    }

    @Override
    public void close() {
      other.close();
      memory.close();
      context.free("cuMemFreeHost", Driver.hostFree(pinned));
      stream.close();
      context.close();
    }
  }

  @Test
  void readingBeforeACopyHasArrived() {
    Emulator.eagerness(0);
    try (var machine = new Machine()) {
      machine.copyDown(machine.stream);
      assertTrue(!Arrays.equals(numbers(), machine.read()), "it was right without waiting");
      machine.stream.synchronize();
      assertArrayEquals(numbers(), machine.read());
    }
    Emulator.assertClean("a copy");
  }

  @Test
  void readingOnAnotherStreamWhatIsNotYetWritten() {
    int shown = 0;
    for (int seed = 1; seed <= 20; seed++) {
      Emulator.reset();
      Emulator.seed(seed);
      Emulator.eagerness(0);
      try (var machine = new Machine();
          var written = new CudaEvent(machine.context, false)) {
        for (boolean waits : new boolean[] {false, true}) {
          Driver.set32(machine.memory.address(), seed, ELEMENTS, machine.stream.handle());
          written.record(machine.stream);
          if (waits) {
            machine.other.waitFor(written);
          }
          machine.copyDown(machine.other);
          machine.other.synchronize();
          boolean right = machine.host.get(JAVA_INT, 0) == seed;
          assertTrue(right || !waits, "wrong in spite of waiting, seed " + seed);
          shown += right ? 0 : 1;
          machine.stream.synchronize();
        }
      }
    }
    assertTrue(shown > 0, "20 orders of streams were all right without waiting");
  }

  @Test
  void writingOneElementTooMany() {
    try (var device =
        (CudaDevice) new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      DeviceMemory from = device.memory((ELEMENTS + 1) * Float.BYTES);
      DeviceMemory to = device.memory(ELEMENTS * Float.BYTES);
      long[] one = {1, 0, 0, 0, 0, 0, 0, 0};
      long[] count = one.clone();
      count[0] = ELEMENTS + 1;
      Words copy =
          new Words()
              .put(from.address(), to.address(), 1)
              .put(count)
              .put(new long[Words.AXES])
              .put(one)
              .put(one)
              .real(0);
      device.launch(Operation.COPY, copy.toArray(), "one too many");
      var e = assertThrows(DeviceException.class, device::synchronize);
      assertTrue(e.getMessage().contains("(700); queued last: one too many"), e.getMessage());
      from.close();
      to.close();
    }
    assertTrue(
        Emulator.reports().stream().anyMatch(r -> r.contains("allocation")),
        () -> "nothing of it in " + Emulator.reports());
  }

  @Test
  void memoryThatNobodyFrees() {
    var context = new GpuContext(gpu());
    context.enter();
    var stream = new CudaStream(context);
    long address = context.make("cuMemAlloc", "", out -> Driver.allocate(out, 1000));
    assertTrue(address != 0);
    stream.close();
    context.close();
    assertTrue(
        Emulator.reports().stream().anyMatch(r -> r.contains("1000 bytes")),
        () -> "nothing of it in " + Emulator.reports());
  }

  /** Softmax along the wrong axis: the same elements, lying otherwise. */
  private record WrongLayout(Device device) implements Device {
    @Override
    public Kernel prepare(Spec spec) {
      return device.prepare(
          spec instanceof Spec.Softmax s
              ? new Spec.Softmax(s.inner(), s.length(), s.outer(), s.log())
              : spec);
    }

    @Override
    public DeviceInfo info() {
      return device.info();
    }

    @Override
    public Buffer allocate(long floats) {
      return device.allocate(floats);
    }

    @Override
    public void upload(Tensor from, long index, long count, Buffer to) {
      device.upload(from, index, count, to);
    }

    @Override
    public void download(Buffer from, long count, Tensor to, long index) {
      device.download(from, count, to, index);
    }

    @Override
    public Occluder prepare(OcclusionSpec spec) {
      return device.prepare(spec);
    }

    @Override
    public void synchronize() {
      device.synchronize();
    }

    @Override
    public void close() {
      device.close();
    }
  }

  @Test
  void anArrayThatLiesOtherwise() {
    try (Device device =
        new CudaProvider().open("cuda:0", DeviceOptions.DEFAULT.withTuning(false))) {
      DeviceSuite.check(device, "softmax");
      var wrong = new WrongLayout(device);
      assertThrows(AssertionError.class, () -> DeviceSuite.check(wrong, "softmax"));
    }
  }

  @Test
  void aBarrierThatIsMissing() throws Throwable {
    Path folder = DriverLibrary.search().find(Library.DRIVER).orElseThrow().file().getParent();
    int rows = 8;
    float[] expected = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      expected[i % rows * rows + i / rows] = i + 1;
    }
    int shown = 0;
    for (int seed = 1; seed <= 20; seed++) {
      Emulator.reset();
      Emulator.seed(seed);
      try (var machine = new Machine()) {
        var to = new DeviceMemory(machine.context, machine.stream, machine.memory.bytes());
        long[] words =
            new Words()
                .put(machine.memory.address(), to.address(), 1, rows, rows, rows, rows)
                .put(ELEMENTS, ELEMENTS)
                .toArray();
        for (String library : new String[] {"libconvlens_kernels.so", "libconvlens_planted.so"}) {
          launchTranspose(folder.resolve(library), words, machine.stream);
          Driver.copyDown(machine.pinned, to.address(), to.bytes(), machine.stream.handle());
          machine.stream.synchronize();
          boolean right = Arrays.equals(expected, machine.read());
          assertTrue(right || library.contains("planted"), "wrong with its barriers");
          shown += right ? 0 : 1;
        }
        to.close();
      }
    }
    assertTrue(shown > 0, "20 orders of threads were all right without a barrier");
  }

  private static void launchTranspose(Path library, long[] words, CudaStream stream)
      throws Throwable {
    SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
    var launcher =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.findOrThrow("clk_transpose"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      int code = (int) launcher.invokeExact(arena.allocateFrom(JAVA_LONG, words), stream.handle());
      assertEquals(0, code);
    }
  }
}
