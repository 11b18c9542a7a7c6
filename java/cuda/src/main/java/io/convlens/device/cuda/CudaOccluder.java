package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import io.convlens.device.MapShape;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Occluded batches made on the device. The rectangles of the whole sweep are there from the
 * beginning; a batch takes one launch and nothing from the host.
 */
final class CudaOccluder implements Occluder {
  private final CudaDevice device;
  private final OcclusionSpec spec;
  private final String problem;
  private final DeviceMemory rectangles;
  private final DeviceMemory fill;
  private @Nullable CudaBuffer picture;
  private @Nullable CudaBuffer batch;
  private boolean closed;

  CudaOccluder(CudaDevice device, OcclusionSpec spec) {
    MapShape map = spec.map();
    if (!map.isDense() || spec.fill().size() != map.c()) {
      throw new IllegalArgumentException("map " + map + ", fill " + spec.fill());
    }
    this.device = device;
    this.spec = spec;
    this.problem = "occlusion of " + map + ", " + spec.rectangles().size() + " rectangles";
    this.rectangles = device.uploaded(MemorySegment.ofArray(numbers(spec.rectangles())));
    try {
      this.fill = device.uploaded(MemorySegment.ofArray(numbers(spec)));
    } catch (RuntimeException | Error e) {
      Closing.after(e, rectangles);
      throw e;
    }
  }

  private static int[] numbers(List<Rectangle> rectangles) {
    int[] numbers = new int[4 * rectangles.size()];
    int at = 0;
    for (Rectangle r : rectangles) {
      numbers[at++] = r.top();
      numbers[at++] = r.left();
      numbers[at++] = r.bottom();
      numbers[at++] = r.right();
    }
    return numbers;
  }

  private static float[] numbers(OcclusionSpec spec) {
    float[] numbers = new float[spec.fill().size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = spec.fill().get(i);
    }
    return numbers;
  }

  @Override
  public void start(Buffer resident, Buffer target) {
    picture = (CudaBuffer) resident;
    batch = (CudaBuffer) target;
  }

  @Override
  public void occlude(int first, int count) {
    if (picture == null || batch == null) {
      throw new IllegalStateException("no picture to occlude: start comes first");
    }
    MapShape map = spec.map();
    if (first < 0 || count < 0 || count > map.n() || first > spec.rectangles().size() - count) {
      throw new IndexOutOfBoundsException(
          "positions %d to %d of %d, batch %d"
              .formatted(first, first + count, spec.rectangles().size(), map.n()));
    }
    device.enter();
    Words words =
        new Words()
            .put(picture.address(), rectangles.address(), fill.address(), batch.address())
            .put(map.h(), map.w(), map.c(), first, count);
    device.launch(Operation.OCCLUDE, words.toArray(), problem);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      device.release(this, List.of(rectangles, fill));
    }
  }
}
