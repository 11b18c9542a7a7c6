package io.convlens.device.cpu;

import io.convlens.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Weights in the layouts that primitives want, each made once: programs for other batch sizes and
 * windows share them. An entry goes when the last kernel that uses it is closed. Tensors are told
 * apart by identity: their content is constant.
 */
final class WeightCache implements AutoCloseable {
  /** One tensor in one layout. */
  private static final class Entry implements AutoCloseable {
    final Resources resources = new Resources();
    final Pages pages;
    final WeightMaking making;
    final long from;
    final long to;
    int users;

    Entry(WeightMaking making, long from, long to, String problem) {
      this.making = making;
      this.pages = resources.add(new Pages(Dnnl.descSize(to)));
      DnnlScope scope = resources.add(new DnnlScope(problem));
      this.from = scope.copyOf(from);
      this.to = scope.copyOf(to);
    }

    boolean is(WeightMaking otherMaking, long otherFrom, long otherTo) {
      return making.equals(otherMaking)
          && Dnnl.descEqual(from, otherFrom)
          && Dnnl.descEqual(to, otherTo);
    }

    @Override
    public void close() {
      resources.close();
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
      return entry.pages.address();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        if (--entry.users == 0) {
          remove(tensor, entry);
          entry.close();
        }
      }
    }
  }

  private final IdentityHashMap<Tensor, List<Entry>> entries = new IdentityHashMap<>();
  private final long engine;
  private final long stream;

  WeightCache(long engine, long stream) {
    this.engine = engine;
    this.stream = stream;
  }

  /** The tensor, read as {@code from} describes it, in the layout {@code to}. */
  Lease lease(Tensor tensor, long from, long to, String problem) {
    return lease(
        tensor,
        WeightMaking.AS_IS,
        from,
        to,
        problem,
        target -> reorder(tensor.segment().address(), from, target, to, problem));
  }

  /**
   * What is made of a tensor, in the layout {@code to}.
   *
   * @param from describes what is made
   */
  Lease lease(Tensor tensor, WeightMaking making, long from, long to, String problem) {
    return lease(
        tensor,
        making,
        from,
        to,
        problem,
        target -> {
          try (Tensor made = making.of(tensor)) {
            reorder(made.segment().address(), from, target, to, problem);
          }
        });
  }

  /** An entry, filled by {@code fill} (given its address) if it is new. */
  private Lease lease(
      Tensor tensor, WeightMaking making, long from, long to, String problem, LongConsumer fill) {
    List<Entry> layouts = entries.computeIfAbsent(tensor, t -> new ArrayList<>());
    Entry entry =
        layouts.stream()
            .filter(e -> e.is(making, from, to))
            .findFirst()
            .orElseGet(() -> make(making, from, to, problem, fill, layouts));
    return new Lease(tensor, entry);
  }

  private static Entry make(
      WeightMaking making,
      long from,
      long to,
      String problem,
      LongConsumer fill,
      List<Entry> layouts) {
    var entry = new Entry(making, from, to, problem);
    try {
      fill.accept(entry.pages.address());
    } catch (RuntimeException | Error e) {
      entry.close();
      throw e;
    }
    layouts.add(entry);
    return entry;
  }

  private void remove(Tensor tensor, Entry entry) {
    List<Entry> layouts = entries.get(tensor);
    if (layouts != null && layouts.remove(entry) && layouts.isEmpty()) {
      entries.remove(tensor);
    }
  }

  private void reorder(long source, long from, long target, long to, String problem) {
    try (var scope = new DnnlScope(problem);
        var arguments = new ExecArguments(2)) {
      long description =
          scope.create(
              Dnnl.Handle.PRIMITIVE_DESC,
              "reorder_primitive_desc_create",
              out -> Dnnl.Operation.reorder(out, engine, from, to, 0));
      long primitive = scope.primitive(description);
      arguments.set(0, Dnnl.ARG_SRC, scope.memory(from, engine, source));
      arguments.set(1, Dnnl.ARG_DST, scope.memory(to, engine, target));
      scope.check("primitive_execute", arguments.execute(primitive, stream));
    }
  }

  @Override
  public void close() {
    entries.values().forEach(layouts -> layouts.forEach(Entry::close));
    entries.clear();
  }
}
