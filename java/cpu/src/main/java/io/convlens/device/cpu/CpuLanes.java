package io.convlens.device.cpu;

import io.convlens.device.Device;
import io.convlens.device.Lanes;
import io.convlens.io.Futures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** One lane a thread of the device, each with the same thread for its whole life. */
final class CpuLanes implements Lanes, AutoCloseable {
  private final List<CpuDevice> devices = new ArrayList<>();
  private final List<ExecutorService> threads = new ArrayList<>();

  CpuLanes(CpuDevice whole) {
    for (int i = 0; i < whole.info().threads(); i++) {
      String name = "convlens-lane-" + i;
      devices.add(whole.lane());
      threads.add(
          Executors.newSingleThreadExecutor(
              work -> {
                var thread = new Thread(work, name);
                thread.setDaemon(true);
                return thread;
              }));
    }
  }

  @Override
  public List<Device> devices() {
    return List.copyOf(devices);
  }

  @Override
  public void run(int parts, Work work) {
    var next = new AtomicInteger();
    List<Future<?>> runs = new ArrayList<>();
    for (int i = 0; i < Math.min(parts, devices.size()); i++) {
      int lane = i;
      runs.add(threads.get(lane).submit(() -> serve(lane, parts, next, work)));
    }
    Throwable failure = null;
    for (Future<?> run : runs) {
      try {
        Futures.result(run);
      } catch (RuntimeException | Error e) {
        failure = failure == null ? e : failure;
      }
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  private static void serve(int lane, int parts, AtomicInteger next, Work work) {
    try {
      for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
        work.run(lane, part);
      }
    } catch (RuntimeException | Error e) {
      next.set(parts);
      throw e;
    }
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdown);
    devices.forEach(CpuDevice::close);
  }
}
