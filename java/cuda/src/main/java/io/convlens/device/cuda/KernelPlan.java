package io.convlens.device.cuda;

import io.convlens.device.Precision;
import io.convlens.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A kernel in the making: its operands, stages, constants and scratch memory so far. */
final class KernelPlan {
  private final CudaDevice device;
  private final Precision precision;
  private final String problem;
  private final List<Long> sizes = new ArrayList<>();
  private final List<Stage> stages = new ArrayList<>();
  private final List<AutoCloseable> resources = new ArrayList<>();
  private int firstWindows = 1;

  KernelPlan(CudaDevice device, String problem, Precision precision) {
    this.device = device;
    this.precision = precision;
    this.problem = problem;
  }

  CudaDevice device() {
    return device;
  }

  /** What it multiplies in. */
  Precision precision() {
    return precision;
  }

  String problem() {
    return problem;
  }

  /** The next operand, of so many elements at least. */
  Place operand(long size) {
    sizes.add(size);
    return Place.operand(sizes.size() - 1);
  }

  /** A constant tensor as it is; nowhere if there is none. */
  Place constant(@Nullable Tensor tensor) {
    return tensor == null ? Place.NONE : constant(tensor, Arrangement.asIs(tensor.size()));
  }

  /** A constant tensor in an arrangement. */
  Place constant(Tensor tensor, Arrangement arrangement) {
    ConstantCache.Lease lease = device.constants().lease(tensor, arrangement);
    resources.add(lease);
    return Place.at(lease.address());
  }

  /** Numbers of this kernel's own. */
  Place numbers(int[] values) {
    return own(MemorySegment.ofArray(values));
  }

  /** Numbers of this kernel's own. */
  Place numbers(float[] values) {
    return own(MemorySegment.ofArray(values));
  }

  private Place own(MemorySegment values) {
    DeviceMemory memory = device.uploaded(values);
    resources.add(memory);
    return Place.at(memory.address());
  }

  /** Launches take so many at once of the windows that are listed. */
  void windows(int listed, int atOnce) {
    firstWindows = listed - atOnce + 1;
  }

  /** Scratch memory: one piece a kernel, its own while it runs. */
  Place scratch(long bytes) {
    Scratch.Lease lease = device.scratch().lease(bytes);
    resources.add(lease);
    return Place.at(lease.address());
  }

  /** What is closed with the kernel. */
  <T extends AutoCloseable> T resource(T resource) {
    resources.add(resource);
    return resource;
  }

  /** Adds one of our kernels. */
  void add(Operation operation, Function<long[], Words> arguments) {
    add(new OwnStage(device, problem, operation, arguments));
  }

  void add(Stage stage) {
    stages.add(stage);
  }

  /** The kernel. */
  CudaKernel finish() {
    return new CudaKernel(device, problem, sizes, stages, firstWindows, resources);
  }

  /** Frees what was made for a kernel that won't be. */
  void abandon(Throwable failure) {
    resources.reversed().forEach(r -> Closing.after(failure, r));
  }
}
