package io.convlens.report;

import io.convlens.image.Picture;
import io.convlens.network.Labels;
import io.convlens.network.Predictions;
import io.convlens.network.ScoreKind;
import io.convlens.synthesis.Fooled;
import java.util.List;
import java.util.Locale;

/**
 * Draws a picture, what was changed in it, and what came of it.
 *
 * @param labels the names of the classes
 */
public record FoolFigures(Labels labels) {
  private static final int GREY = 128;

  /** How far from grey the largest change is drawn. */
  private static final int REACH = 120;

  /**
   * The sheet of one picture.
   *
   * @param shown as the network saw it
   * @param changed of the same size
   */
  public Picture sheet(Picture shown, Picture changed, Fooled fooled) {
    int largest = largest(shown, changed);
    int times = Math.max(1, REACH / Math.max(1, largest));
    Fooled.Size size = fooled.change();
    List<String> notes =
        List.of(
            String.format(
                Locale.ROOT,
                "Change, in levels of 0..255: at most %.0f, root of the sum of squares %.1f,"
                    + " mean %.2f.",
                size.linf(),
                size.l2(),
                size.mean()),
            "Probabilities are of the pictures rounded to 8 bits. Grey: no change.");
    return SynthesisFigures.sheet(
        fooled.isTaken()
            ? "Taken for " + labels.name(fooled.target())
            : "Not taken for " + labels.name(fooled.target()),
        notes,
        List.of(
            SynthesisFigures.tile(shown, said(fooled.before())),
            SynthesisFigures.tile(change(shown, changed, times), "the change, " + times + " times"),
            SynthesisFigures.tile(changed, said(fooled.after()))));
  }

  private String said(Predictions predictions) {
    int best = predictions.best(0);
    double p = predictions.score(0, best, ScoreKind.PROBABILITY);
    return String.format(Locale.ROOT, "%.1f %% %s", 100 * p, labels.name(best));
  }

  private static int largest(Picture from, Picture to) {
    byte[] a = from.toRgb();
    byte[] b = to.toRgb();
    int largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((b[i] & 0xff) - (a[i] & 0xff)));
    }
    return largest;
  }

  private static Picture change(Picture from, Picture to, int times) {
    byte[] a = from.toRgb();
    byte[] b = to.toRgb();
    byte[] rgb = new byte[a.length];
    for (int i = 0; i < a.length; i++) {
      rgb[i] = (byte) Math.clamp(GREY + times * ((b[i] & 0xff) - (a[i] & 0xff)), 0, 255);
    }
    return Picture.ofRgb("change", from.width(), from.height(), rgb);
  }
}
