package io.convlens.device.cuda;

import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Constant tensors on the device, each arrangement once: programs for other batch sizes and windows
 * share them. An entry goes when the last kernel that uses it is closed. Tensors are told apart by
 * identity: their content is constant.
 */
final class ConstantCache implements AutoCloseable {
  private static final class Entry {
    final Arrangement arrangement;
    final DeviceMemory memory;
    int users;

    Entry(Arrangement arrangement, DeviceMemory memory) {
      this.arrangement = arrangement;
      this.memory = memory;
    }
  }

  /** A use of an entry, ended by {@link #close}. */
  final class Lease implements AutoCloseable {
    private final Tensor tensor;
    private final Entry entry;
    private boolean closed;

    private Lease(Tensor tensor, Entry entry) {
      this.tensor = tensor;
      this.entry = entry;
      entry.users++;
    }

    long address() {
      return entry.memory.address();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        if (--entry.users == 0) {
          remove(tensor, entry);
        }
      }
    }
  }

  private final CudaDevice device;
  private final IdentityHashMap<Tensor, List<Entry>> entries = new IdentityHashMap<>();

  ConstantCache(CudaDevice device) {
    this.device = device;
  }

  Lease lease(Tensor tensor, Arrangement arrangement) {
    List<Entry> all = entries.computeIfAbsent(tensor, _ -> new ArrayList<>());
    for (Entry e : all) {
      if (e.arrangement.equals(arrangement)) {
        return new Lease(tensor, e);
      }
    }
    var entry = new Entry(arrangement, make(tensor, arrangement));
    all.add(entry);
    return new Lease(tensor, entry);
  }

  /** Uploads the tensor as it is and has the device arrange it. */
  private DeviceMemory make(Tensor tensor, Arrangement arrangement) {
    DeviceMemory asIs = device.uploaded(tensor.segment());
    if (arrangement.isAsIs()) {
      return asIs;
    }
    DeviceMemory arranged;
    try {
      arranged = arranged(asIs, arrangement);
    } catch (RuntimeException | Error e) {
      Closing.after(e, asIs);
      throw e;
    }
    try {
      // Waits for the device, and tells what failed there.
      asIs.close();
      return arranged;
    } catch (RuntimeException | Error e) {
      Closing.after(e, arranged);
      throw e;
    }
  }

  private DeviceMemory arranged(DeviceMemory asIs, Arrangement arrangement) {
    DeviceMemory arranged = device.memory(arrangement.size() * Float.BYTES);
    try {
      Words copy =
          new Words()
              .put(asIs.address(), arranged.address(), arrangement.dims().size())
              .perAxis(arrangement.dims())
              .put(new long[Words.AXES])
              .perAxis(arrangement.strideSrc())
              .perAxis(arrangement.strideDst())
              .real(0);
      device.launch(Operation.COPY, copy.toArray(), "arrangement " + arrangement);
      return arranged;
    } catch (RuntimeException | Error e) {
      Closing.after(e, arranged);
      throw e;
    }
  }

  private void remove(Tensor tensor, Entry entry) {
    List<Entry> all = entries.get(tensor);
    if (all != null && all.remove(entry)) {
      if (all.isEmpty()) {
        entries.remove(tensor);
      }
      entry.memory.close();
    }
  }

  @Override
  public void close() {
    List<DeviceMemory> left =
        entries.values().stream().flatMap(List::stream).map(e -> e.memory).toList();
    entries.clear();
    Closing.all(left);
  }
}
