package io.convlens.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.DeviceInfo;
import io.convlens.device.DeviceOptions;
import io.convlens.device.Devices;
import io.convlens.device.Kernel;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.Spec;
import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class SelfTestTest {
  private static final Set<String> OPERATIONS =
      Set.of(
          "activation gradient",
          "affine",
          "attraction",
          "broadcast",
          "conv",
          "conv gradient",
          "copy",
          "deconv",
          "depthwise conv",
          "descent",
          "groupnorm",
          "interpolate",
          "layernorm",
          "lrn",
          "map figures",
          "map ranks",
          "matmul",
          "neighbours",
          "occlusion",
          "patches",
          "pointwise",
          "pool",
          "pool gradient",
          "pool windows",
          "reduce",
          "repulsion",
          "scores",
          "softmax",
          "windows");

  private static List<Finding> findings(float error) {
    List<Finding> findings = new ArrayList<>();
    try (Device cpu = Devices.open("cpu", new DeviceOptions(1));
        Device tested = new Imprecise(cpu, error)) {
      new SelfTest(tested, cpu).run(findings::add);
    }
    return findings;
  }

  private static Set<String> operations(List<Finding> findings, Predicate<Finding> which) {
    Set<String> operations = new TreeSet<>();
    findings.stream().filter(which).forEach(f -> operations.add(f.operation()));
    return operations;
  }

  @Test
  void aDeviceThatComputesTheSamePasses() {
    List<Finding> findings = findings(0);
    assertEquals(new TreeSet<>(OPERATIONS), operations(findings, Finding::passes));
    assertEquals(Set.of(), operations(findings, f -> !f.passes()));
  }

  @Test
  void anErrorInOneElementIsFoundInEveryOperation() {
    List<Finding> findings = findings(1e-3f);
    assertEquals(new TreeSet<>(OPERATIONS), operations(findings, f -> !f.passes()));
  }

  @Test
  void everyNetworkTakesPart() {
    Set<String> nets = new TreeSet<>();
    findings(0).forEach(f -> nets.add(f.source()));
    assertTrue(nets.size() > 8, nets.toString());
  }

  /** The CPU, but for an error in the last element of what it computes. */
  private record Imprecise(Device device, float error) implements Device {
    @Override
    public DeviceInfo info() {
      DeviceInfo i = device.info();
      // Few rows are enough here.
      return new DeviceInfo(
          i.id(), "emulated", i.library(), i.threads(), i.cacheBytes(), i.precision());
    }

    @Override
    public void download(Buffer from, long count, Tensor to, long index) {
      device.download(from, count, to, index);
      long last = index + count - 1;
      float largest = 1;
      for (long i = 0; i < count; i++) {
        largest = Math.max(largest, Math.abs(to.get(index + i)));
      }
      to.set(last, to.get(last) + error * largest);
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
    public Kernel prepare(Spec spec) {
      return device.prepare(spec);
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
      // Its owner closes it.
    }
  }
}
