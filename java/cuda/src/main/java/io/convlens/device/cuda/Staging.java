package io.convlens.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/**
 * The way between the host's arrays and a GPU's. Arrays go in pieces through pinned memory, from
 * and to which a GPU copies by itself while the processor fills or empties another piece.
 *
 * <p>Inputs go up and results come down on streams of their own, so that neither waits for the work
 * that is queued on the device's main stream: an input is brought to a piece on the device while
 * the main stream still computes, which then takes it from there when its turn comes.
 */
final class Staging implements AutoCloseable {
  /** Large enough that a copy's fixed cost is small beside it, small enough to stay in a cache. */
  private static final long PIECE_BYTES = 4 << 20;

  /** The smallest piece; pieces are powers of two, so that they are not made anew too often. */
  private static final long LEAST_BYTES = 4 << 10;

  private static final int PIECES = 2;

  /** Pinned memory, and the mark behind which it is free again. */
  private final class Piece implements AutoCloseable {
    private final long address;
    private final MemorySegment memory;
    private final CudaEvent free;

    Piece(long bytes) {
      this.address =
          context.make("cuMemHostAlloc", bytes + " bytes", out -> Driver.hostAllocate(out, bytes));
      this.memory = MemorySegment.ofAddress(address).reinterpret(bytes);
      try {
        this.free = new CudaEvent(context, false);
      } catch (RuntimeException | Error e) {
        freeHost(address);
        throw e;
      }
    }

    @Override
    public void close() {
      try {
        free.close();
      } finally {
        freeHost(address);
      }
    }
  }

  /** Where an input waits on the device until the main stream takes it. */
  private final class Stop implements AutoCloseable {
    private final DeviceMemory memory;
    private final CudaEvent taken;

    Stop(long bytes) {
      this.memory = new DeviceMemory(context, main, bytes);
      try {
        // Its zeros come before what is brought here.
        this.taken = marked();
      } catch (RuntimeException | Error e) {
        Closing.after(e, memory);
        throw e;
      }
    }

    @Override
    public void close() {
      try {
        taken.close();
      } finally {
        memory.close();
      }
    }
  }

  private final GpuContext context;
  private final CudaStream main;
  private final CudaStream up;
  private final CudaStream down;
  private final List<Piece> pieces = new ArrayList<>();
  private final List<Stop> stops = new ArrayList<>();
  private int nextPiece;
  private int nextStop;

  Staging(GpuContext context, CudaStream main, CudaStream up, CudaStream down) {
    this.context = context;
    this.main = main;
    this.up = up;
    this.down = down;
  }

  /** A mark behind all that is queued on the main stream. */
  private CudaEvent marked() {
    var mark = new CudaEvent(context, false);
    try {
      mark.record(main);
      return mark;
    } catch (RuntimeException | Error e) {
      Closing.after(e, mark);
      throw e;
    }
  }

  private void freeHost(long address) {
    context.free("cuMemFreeHost", Driver.hostFree(address));
  }

  /** Pinned memory of at least so many bytes, which nothing queued uses. */
  private Piece nextPiece(long bytes) {
    int at = nextPiece;
    nextPiece = (nextPiece + 1) % PIECES;
    if (at < pieces.size()) {
      pieces.get(at).free.await();
    }
    return fitting(pieces, at, bytes, p -> p.memory.byteSize(), Piece::new);
  }

  /** A stop of at least so many bytes. */
  private Stop nextStop(long bytes) {
    int at = nextStop;
    nextStop = (nextStop + 1) % PIECES;
    return fitting(stops, at, bytes, s -> s.memory.bytes(), Stop::new);
  }

  /** The one at an index; one that is too small gives way to a larger one. */
  private static <T extends AutoCloseable> T fitting(
      List<T> all, int at, long bytes, ToLongFunction<T> size, LongFunction<T> maker) {
    long wanted = Math.max(LEAST_BYTES, Long.highestOneBit(bytes - 1) << 1);
    if (at >= all.size()) {
      all.add(maker.apply(wanted));
    } else if (size.applyAsLong(all.get(at)) < bytes) {
      T small = all.set(at, maker.apply(wanted));
      Closing.all(List.of(small));
    }
    return all.get(at);
  }

  /** Queues a copy to memory that nothing queued uses; the source may be changed afterwards. */
  void fill(MemorySegment from, long device) {
    for (long at = 0; at < from.byteSize(); at += PIECE_BYTES) {
      pinned(from, at, device + at, main);
    }
  }

  /** Queues a copy that comes after all that is queued; the source may be changed afterwards. */
  void up(MemorySegment from, long device) {
    for (long at = 0; at < from.byteSize(); at += PIECE_BYTES) {
      long bytes = Math.min(PIECE_BYTES, from.byteSize() - at);
      Stop stop = nextStop(bytes);
      up.waitFor(stop.taken);
      Piece piece = pinned(from, at, stop.memory.address(), up);
      main.waitFor(piece.free);
      context.check(
          "cuMemcpyDtoDAsync",
          Driver.copyWithin(device + at, stop.memory.address(), bytes, main.handle()),
          bytes + " bytes");
      stop.taken.record(main);
    }
  }

  /** Queues the copy of a piece's worth, from an offset on. */
  private Piece pinned(MemorySegment from, long at, long device, CudaStream stream) {
    long bytes = Math.min(PIECE_BYTES, from.byteSize() - at);
    Piece piece = nextPiece(bytes);
    MemorySegment.copy(from, at, piece.memory, 0, bytes);
    context.check(
        "cuMemcpyHtoDAsync",
        Driver.copyUp(device, piece.address, bytes, stream.handle()),
        bytes + " bytes");
    piece.free.record(stream);
    return piece;
  }

  /** Copies from the device when the main stream has passed a mark; waits. */
  void down(CudaEvent mark, long device, MemorySegment to) {
    down.waitFor(mark);
    Piece before = null;
    long beforeAt = 0;
    for (long at = 0; at < to.byteSize(); at += PIECE_BYTES) {
      long bytes = Math.min(PIECE_BYTES, to.byteSize() - at);
      Piece piece = nextPiece(bytes);
      context.check(
          "cuMemcpyDtoHAsync",
          Driver.copyDown(piece.address, device + at, bytes, down.handle()),
          bytes + " bytes; queued last: " + context.last());
      piece.free.record(down);
      if (before != null) {
        empty(before, to, beforeAt);
      }
      before = piece;
      beforeAt = at;
    }
    if (before != null) {
      empty(before, to, beforeAt);
    }
  }

  private static void empty(Piece piece, MemorySegment to, long at) {
    piece.free.await();
    MemorySegment.copy(piece.memory, 0, to, at, Math.min(PIECE_BYTES, to.byteSize() - at));
  }

  @Override
  public void close() {
    List<AutoCloseable> all = new ArrayList<>(pieces);
    all.addAll(stops);
    // What is on its way must have arrived before its memory goes.
    all.add(
        () -> {
          if (!context.isDead() && !pieces.isEmpty()) {
            up.synchronize();
          }
        });
    pieces.clear();
    stops.clear();
    Closing.all(all);
  }
}
