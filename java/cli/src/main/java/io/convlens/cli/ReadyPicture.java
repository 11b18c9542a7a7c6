package io.convlens.cli;

import io.convlens.image.Prepared;
import io.convlens.io.UnusableInputException;
import java.util.concurrent.atomic.AtomicReference;

/** A picture of a folder that was read: ready to be swept over, or of no use. */
sealed interface ReadyPicture extends Ahead.Closing {
  /** What its file held. */
  FilePrint print();

  /**
   * Ready.
   *
   * @param prepared as the network takes it and sees it
   */
  record Usable(FilePrint print, Prepared prepared) implements ReadyPicture {
    @Override
    public void close() {
      prepared.close();
    }
  }

  /**
   * Of no use.
   *
   * @param why with file and reason
   */
  record Unusable(FilePrint print, UnusableInputException why) implements ReadyPicture {
    @Override
    public void close() {
      // Nothing is held.
    }
  }

  /** Reads one. */
  static ReadyPicture read(PictureInputs inputs, int index) {
    var print = new AtomicReference<>(FilePrint.UNREADABLE);
    try {
      Prepared prepared = inputs.prepare(index, bytes -> print.set(FilePrint.of(bytes)));
      return new Usable(print.get(), prepared);
    } catch (UnusableInputException e) {
      return new Unusable(print.get(), e);
    }
  }
}
