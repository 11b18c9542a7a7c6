package io.convlens.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar with an estimate of the time left, on a terminal; nothing elsewhere. */
final class Progress implements AutoCloseable {
  private final Voice voice;
  private final String what;
  private @Nullable ProgressBar bar;

  Progress(Voice voice, String what) {
    this.voice = voice;
    this.what = what;
  }

  /** So much of the whole is done. The bar appears with the first call. */
  void at(long done, long total) {
    if (!voice.isWatched()) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(what)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .showSpeed()
              .build();
    }
    bar.stepTo(done);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
