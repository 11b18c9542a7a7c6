package io.convlens.synthesis;

import io.convlens.graph.Graph;
import io.convlens.graph.Value;
import io.convlens.network.Network;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Pictures that excite units, channels or classes (activation maximisation, Erhan et al. 2009), by
 * gradient ascent with the regularisers of Yosinski et al. 2015.
 *
 * <pre>{@code
 * var range = PixelRange.of(net.fit(Preprocess.named("caffe")));
 * List<Subject> what = List.of(new Subject.Channel("conv#5", 3), new Subject.Channel("conv#5", 7));
 * List<Excitation> made = Maximization.with(o -> o.steps(128)).of(net, size, range, what);
 * }</pre>
 *
 * @param options how
 */
public record Maximization(MaximizeOptions options) {
  /** With changes to {@link MaximizeOptions#DEFAULT}. */
  public static Maximization with(UnaryOperator<MaximizeOptions> changes) {
    return new Maximization(changes.apply(MaximizeOptions.DEFAULT));
  }

  /** {@link #of(Network, Shape, PixelRange, List, SynthesisListener)} that nobody follows. */
  public List<Excitation> of(
      Network network, Shape input, PixelRange range, List<? extends Subject> subjects) {
    return of(network, input, range, subjects, SynthesisListener.NONE);
  }

  /**
   * A picture for each subject. None depends on which others are made with it.
   *
   * @param input {@code [1,C,H,W]}, as the network takes it
   * @param range what black and white are to the network
   * @param subjects what is excited
   * @return in the order of the subjects
   * @throws io.convlens.io.UnusableInputException if the network takes no pictures
   * @throws io.convlens.io.UnusableOptionException if a subject is not in the network
   * @throws io.convlens.graph.NoGradientException if no gradient leads from one to the input
   * @throws CancellationException if the listener said so
   */
  public List<Excitation> of(
      Network network,
      Shape input,
      PixelRange range,
      List<? extends Subject> subjects,
      SynthesisListener listener) {
    PictureSpace space = PictureSpace.of(network, input, range);
    SizedNetwork sized = network.sized(input);
    List<Aim> aims = subjects.stream().map(s -> Aim.of(sized, s)).toList();
    // Those of one layer go through the network together.
    Map<Value, List<Integer>> groups = new LinkedHashMap<>();
    Map<Value, Graph> graphs = new HashMap<>();
    for (int i = 0; i < aims.size(); i++) {
      Value value = aims.get(i).value();
      graphs.put(value, aims.get(i).graph());
      groups.computeIfAbsent(value, _ -> new ArrayList<>()).add(i);
    }
    var run = new Run(space, input.with(0, 1), subjects, aims, listener);
    groups.forEach(
        (value, members) -> {
          try (var pass = new SeededPass(sized, graphs.get(value), value, members.size())) {
            for (int first = 0; first < members.size(); first += pass.rows()) {
              int last = Math.min(first + pass.rows(), members.size());
              run.climb(pass, members.subList(first, last));
            }
          }
        });
    return List.of(run.found);
  }

  /** The making of all pictures. */
  private final class Run {
    private final PictureSpace space;
    private final Shape shape;
    private final List<? extends Subject> subjects;
    private final List<Aim> aims;
    private final SynthesisListener listener;
    private final Excitation[] found;
    private long done;

    Run(
        PictureSpace space,
        Shape shape,
        List<? extends Subject> subjects,
        List<Aim> aims,
        SynthesisListener listener) {
      this.space = space;
      this.shape = shape;
      this.subjects = subjects;
      this.aims = aims;
      this.listener = listener;
      this.found = new Excitation[subjects.size()];
    }

    void climb(SeededPass pass, List<Integer> members) {
      List<Ascent> ascents = members.stream().map(_ -> new Ascent(space, options)).toList();
      for (int row = 0; row < members.size(); row++) {
        pass.seed(row, aims.get(members.get(row)).weights(pass.valueSize()));
      }
      double[] start = excitations(pass, members, ascents);
      for (int step = 0; step < options.steps(); step++) {
        step(pass, ascents, step);
        done += members.size();
        if (!listener.progress(done, (long) options.steps() * subjects.size())) {
          throw new CancellationException("maximisation was stopped");
        }
      }
      double[] end = excitations(pass, members, ascents);
      for (int row = 0; row < members.size(); row++) {
        int i = members.get(row);
        Ascent a = ascents.get(row);
        float[] made = space.input(a.picture());
        found[i] = new Excitation(subjects.get(i), shape, made, start[row], end[row], a.moved());
      }
    }

    private void step(SeededPass pass, List<Ascent> ascents, int step) {
      float[][] views = new float[ascents.size()][];
      each(ascents.size(), row -> views[row] = space.input(ascents.get(row).view()));
      for (int row = 0; row < views.length; row++) {
        pass.input(row, views[row]);
      }
      pass.run();
      float[] gradients = pass.gradients();
      each(
          ascents.size(),
          row -> ascents.get(row).climb(space.gradient(gradients, row * space.size()), step));
    }

    /** Pictures have nothing to do with one another: each is one thread's. */
    private static void each(int count, IntConsumer work) {
      IntStream.range(0, count).parallel().forEach(work);
    }

    private double[] excitations(SeededPass pass, List<Integer> members, List<Ascent> ascents) {
      for (int row = 0; row < members.size(); row++) {
        pass.input(row, space.input(ascents.get(row).picture()));
      }
      pass.run();
      float[] values = pass.values();
      double[] all = new double[members.size()];
      Arrays.setAll(all, row -> aims.get(members.get(row)).mean(values, row, pass.valueSize()));
      return all;
    }
  }
}
