package io.convlens.device.cpu;

import io.convlens.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Weights in the layouts that primitives want, each made once: programs for other batch sizes and
 * windows share them. An entry goes when the last kernel that uses it is closed.
 */
final class WeightCache implements AutoCloseable {
  /** One tensor in one layout; tensors are told apart by identity, their content is constant. */
  private record Key(Tensor tensor, ByteBuffer source, ByteBuffer layout) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Key k
          && k.tensor == tensor
          && k.source.equals(source)
          && k.layout.equals(layout);
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(tensor) + layout.hashCode();
    }
  }

  private static final class Entry {
    final Pages pages;
    int users;

    Entry(Pages pages) {
      this.pages = pages;
    }
  }

  /** A use of an entry, ended by {@link #close}. */
  final class Lease implements AutoCloseable {
    private final Key key;
    private final Entry entry;
    private boolean closed;

    private Lease(Key key, Entry entry) {
      this.key = key;
      this.entry = entry;
      entry.users++;
    }

    long address() {
      return entry.pages.address();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        if (--entry.users == 0) {
          entries.remove(key);
          entry.pages.close();
        }
      }
    }
  }

  private final Map<Key, Entry> entries = new HashMap<>();
  private final long engine;
  private final long stream;

  WeightCache(long engine, long stream) {
    this.engine = engine;
    this.stream = stream;
  }

  /** The tensor, read as {@code from} describes it, in the layout {@code to}. */
  Lease lease(Tensor tensor, long from, long to, DnnlScope scope) {
    var key = new Key(tensor, ByteBuffer.wrap(scope.blob(from)), ByteBuffer.wrap(scope.blob(to)));
    Entry entry = entries.get(key);
    if (entry == null) {
      entry = new Entry(new Pages(Dnnl.descSize(to)));
      try {
        reorder(tensor.segment().address(), from, entry.pages.address(), to, scope.problem());
      } catch (RuntimeException | Error e) {
        entry.pages.close();
        throw e;
      }
      entries.put(key, entry);
    }
    return new Lease(key, entry);
  }

  private void reorder(long source, long from, long target, long to, String problem) {
    try (var scope = new DnnlScope(problem)) {
      long description =
          scope.create(
              Dnnl.Handle.PRIMITIVE_DESC,
              "reorder_primitive_desc_create",
              out -> Dnnl.Operation.reorder(out, engine, from, to, 0));
      long primitive = scope.primitive(description);
      try (var arguments = new ExecArguments(2)) {
        arguments.set(0, Dnnl.ARG_SRC, scope.memory(from, engine, source));
        arguments.set(1, Dnnl.ARG_DST, scope.memory(to, engine, target));
        scope.check("primitive_execute", arguments.execute(primitive, stream));
      }
    }
  }

  @Override
  public void close() {
    entries.values().forEach(e -> e.pages.close());
    entries.clear();
  }
}
