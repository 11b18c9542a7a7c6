package io.convlens.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.convlens.device.DeviceException;
import io.convlens.device.Sequence;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Launches that are captured into a CUDA graph, so that one call queues them all. They run one by
 * one the first time, when libraries do what they do only once, and are captured the second time.
 * Where they can't be captured they go on one by one.
 */
final class CudaGraph implements Sequence {
  private enum State {
    NEW,
    WARM,
    CAPTURED,
    REFUSED
  }

  private final CudaDevice device;
  private final GpuContext context;
  private final CudaStream stream;
  private final List<CudaLaunch> launches;
  private State state = State.NEW;
  private long executable;
  private boolean closed;

  CudaGraph(CudaDevice device, GpuContext context, CudaStream stream, List<CudaLaunch> launches) {
    this.device = device;
    this.context = context;
    this.stream = stream;
    this.launches = List.copyOf(launches);
  }

  @Override
  public void run() {
    if (closed) {
      throw new IllegalStateException("this sequence is closed");
    }
    device.enter();
    switch (state) {
      case NEW -> {
        runEach();
        state = State.WARM;
      }
      case WARM -> {
        state = capture() ? State.CAPTURED : State.REFUSED;
        run();
      }
      case CAPTURED -> {
        launches.forEach(CudaLaunch::checkOpen);
        context.check(
            "cuGraphLaunch",
            Driver.graphLaunch(executable, stream.handle()),
            launches.size() + " operations");
      }
      case REFUSED -> runEach();
    }
  }

  private void runEach() {
    launches.forEach(CudaLaunch::run);
  }

  /** Whether the launches could be captured. */
  private boolean capture() {
    if (Driver.streamBeginCapture(stream.handle()) != Driver.SUCCESS) {
      return false;
    }
    try {
      runEach();
      return instantiate(endCapture());
    } catch (DeviceException e) {
      discard();
      if (context.isDead()) {
        throw e;
      }
      return false;
    }
  }

  private long endCapture() {
    return context.make(
        "cuStreamEndCapture",
        launches.size() + " operations",
        out -> Driver.streamEndCapture(stream.handle(), out));
  }

  /** Ends a capture that came to nothing, if it has not ended yet. */
  private void discard() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      if (Driver.streamEndCapture(stream.handle(), out) == Driver.SUCCESS) {
        destroy(out.get(JAVA_LONG, 0));
      }
    }
  }

  /** Whether the graph can be run. */
  private boolean instantiate(long graph) {
    try {
      executable =
          context.make(
              "cuGraphInstantiate",
              launches.size() + " operations",
              out -> Driver.graphInstantiate(out, graph));
      return true;
    } finally {
      destroy(graph);
    }
  }

  private void destroy(long graph) {
    context.free("cuGraphDestroy", Driver.graphDestroy(graph));
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    device.release(this, executable == 0 ? List.of() : List.of(this::destroyExecutable));
  }

  private void destroyExecutable() {
    if (context.isDead()) {
      return;
    }
    context.enter();
    try {
      // A graph that still runs must not go.
      stream.synchronize();
    } finally {
      context.free("cuGraphExecDestroy", Driver.graphExecutableDestroy(executable));
    }
  }
}
