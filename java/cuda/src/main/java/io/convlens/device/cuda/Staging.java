package io.convlens.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Pinned memory of the host, through which arrays go up and come down in pieces: a GPU copies from
 * and to it by itself, while the processor fills or empties the other piece.
 */
final class Staging implements AutoCloseable {
  /** Large enough that a copy's fixed cost is small beside it, small enough to stay in a cache. */
  private static final long PIECE_BYTES = 4 << 20;

  private static final int PIECES = 2;

  private final class Piece implements AutoCloseable {
    private final long address;
    private final MemorySegment memory;
    private final CudaEvent free;

    Piece() {
      this.address =
          context.make(
              "cuMemHostAlloc",
              PIECE_BYTES + " bytes",
              out -> Driver.hostAllocate(out, PIECE_BYTES));
      this.memory = MemorySegment.ofAddress(address).reinterpret(PIECE_BYTES);
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

  private final GpuContext context;
  private final CudaStream stream;
  private final List<Piece> pieces = new ArrayList<>();
  private int next;

  Staging(GpuContext context, CudaStream stream) {
    this.context = context;
    this.stream = stream;
  }

  private void freeHost(long address) {
    context.free("cuMemFreeHost", Driver.hostFree(address));
  }

  private Piece next() {
    if (pieces.size() < PIECES) {
      pieces.add(new Piece());
      return pieces.getLast();
    }
    Piece piece = pieces.get(next);
    next = (next + 1) % PIECES;
    piece.free.await();
    return piece;
  }

  /** Queues a copy to the device; the source may be changed afterwards. */
  void up(MemorySegment from, long device) {
    for (long at = 0; at < from.byteSize(); at += PIECE_BYTES) {
      long bytes = Math.min(PIECE_BYTES, from.byteSize() - at);
      Piece piece = next();
      MemorySegment.copy(from, at, piece.memory, 0, bytes);
      context.check(
          "cuMemcpyHtoDAsync",
          Driver.copyUp(device + at, piece.address, bytes, stream.handle()),
          bytes + " bytes");
      piece.free.record(stream);
    }
  }

  /** Copies from the device when all that was queued is done; waits. */
  void down(long device, MemorySegment to) {
    Piece before = null;
    long beforeAt = 0;
    for (long at = 0; at < to.byteSize(); at += PIECE_BYTES) {
      Piece piece = next();
      long bytes = Math.min(PIECE_BYTES, to.byteSize() - at);
      context.check(
          "cuMemcpyDtoHAsync",
          Driver.copyDown(piece.address, device + at, bytes, stream.handle()),
          bytes + " bytes; queued last: " + context.last());
      piece.free.record(stream);
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
    Closing.all(pieces);
    pieces.clear();
  }
}
