package io.convlens.device.cuda;

import io.convlens.device.Buffer;
import io.convlens.device.DeviceException;
import io.convlens.device.DeviceException.Kind;
import io.convlens.device.Launch;
import io.convlens.device.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the way in which an operation is computed. With tuning, each way runs a few times on
 * memory of the right size and the fastest is taken, and remembered; without, it is the first that
 * the libraries can do.
 */
final class Choice {
  private static final int RUNS = 3;

  private final CudaDevice device;
  private final Optional<TuningCache> cache;

  /**
   * A choice.
   *
   * @param cache where choices are remembered; none to take the first way always
   */
  Choice(CudaDevice device, Optional<TuningCache> cache) {
    this.device = device;
    this.cache = cache;
  }

  /** The kernel of a problem. */
  CudaKernel prepare(String problem, List<Candidate> ways, Precision precision) {
    if (ways.size() == 1 || cache.isEmpty()) {
      return first(problem, ways, precision);
    }
    String key = precision + " " + problem;
    Optional<CudaKernel> known =
        cache
            .get()
            .choice(key)
            .flatMap(name -> ways.stream().filter(w -> w.name().equals(name)).findFirst())
            .flatMap(way -> attempt(problem, way, precision));
    if (known.isPresent()) {
      return known.get();
    }
    return timed(problem, key, ways, precision);
  }

  private CudaKernel first(String problem, List<Candidate> ways, Precision precision) {
    for (Candidate way : ways.subList(0, ways.size() - 1)) {
      if (way.isOwn()) {
        return device.plan(problem, way, precision);
      }
      Optional<CudaKernel> kernel = attempt(problem, way, precision);
      if (kernel.isPresent()) {
        // Some of what a library can't do it says only when it is to run.
        if (time(kernel.get()) < Float.POSITIVE_INFINITY) {
          return kernel.get();
        }
        kernel.get().close();
      }
    }
    return device.plan(problem, ways.getLast(), precision);
  }

  /** The kernel, if the libraries can do it. */
  private Optional<CudaKernel> attempt(String problem, Candidate way, Precision precision) {
    try {
      return Optional.of(device.plan(problem, way, precision));
    } catch (DeviceException e) {
      if (e.kind() != Kind.UNSUPPORTED) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private CudaKernel timed(String problem, String key, List<Candidate> ways, Precision precision) {
    CudaKernel best = null;
    float least = Float.POSITIVE_INFINITY;
    String name = "";
    for (Candidate way : ways) {
      Optional<CudaKernel> kernel = attempt(problem, way, precision);
      if (kernel.isEmpty()) {
        continue;
      }
      float time = time(kernel.get());
      if (time < least) {
        close(best);
        best = kernel.get();
        least = time;
        name = way.name();
      } else {
        kernel.get().close();
      }
    }
    if (best == null) {
      throw new IllegalStateException("our own kernels can't compute " + problem);
    }
    cache.orElseThrow().choose(key, name);
    return best;
  }

  private static void close(@Nullable CudaKernel kernel) {
    if (kernel != null) {
      kernel.close();
    }
  }

  /** Milliseconds, 0 on an emulator, whose times say nothing; infinite if it can't run. */
  private float time(CudaKernel kernel) {
    List<AutoCloseable> open = new ArrayList<>();
    try {
      List<Buffer> operands = new ArrayList<>();
      for (long size : kernel.sizes()) {
        Buffer operand = device.allocate(size);
        open.add(operand);
        operands.add(operand);
      }
      Launch launch = kernel.bind(operands.toArray(Buffer[]::new));
      launch.run();
      return device.info().isEmulated() ? 0 : device.milliseconds(launch, RUNS);
    } catch (DeviceException e) {
      if (e.kind() != Kind.UNSUPPORTED) {
        throw e;
      }
      return Float.POSITIVE_INFINITY;
    } finally {
      Closing.all(open);
    }
  }
}
