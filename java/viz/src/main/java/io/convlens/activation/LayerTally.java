package io.convlens.activation;

import java.util.List;

/**
 * What sums up layers while pictures pass: it says what is to be read, and takes just that.
 *
 * <pre>{@code
 * var tally = new ActivityTally(TappedLayer.of(pass.graph(), "conv#1"));
 * pass.run(List.of(tally), 0, pictures.count(), done -> {});
 * LayerActivity activity = tally.result();
 * }</pre>
 */
public interface LayerTally extends LayerSink {
  /** What is read; {@link #take} hears which of these it gets, in this order for each batch. */
  List<Reading> readings();
}
