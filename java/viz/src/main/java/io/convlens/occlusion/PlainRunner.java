package io.convlens.occlusion;

import io.convlens.device.Buffer;
import io.convlens.device.Device;
import io.convlens.device.Kernel;
import io.convlens.device.Launch;
import io.convlens.device.MapShape;
import io.convlens.device.Occluder;
import io.convlens.device.OcclusionSpec;
import io.convlens.device.OcclusionSpec.Rectangle;
import io.convlens.device.Spec;
import io.convlens.engine.Session;
import io.convlens.graph.Graph;
import io.convlens.graph.Layer;
import io.convlens.graph.Value;
import io.convlens.io.UnusableOptionException;
import io.convlens.network.SizedNetwork;
import io.convlens.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The whole network for every position. The batch of occluded pictures is made on the device from
 * one resident picture, and only scores come back.
 */
final class PlainRunner implements Runner {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Session session;
  private final Buffer picture;
  private final Launch keepPicture;
  private final Occluder occluder;
  private final int total;
  private final long macs;

  /**
   * Prepares with a batch that the device has the memory for.
   *
   * @param graph the network, with what else is to be read
   * @param patches none of them empty
   */
  static PlainRunner fitting(
      SizedNetwork network,
      Graph graph,
      int channelAxis,
      List<Rectangle> patches,
      List<Float> fill,
      Set<Value> taps) {
    return network.fitting(
        graph,
        network.batch(graph, taps, patches.size() + 1L),
        batch -> new PlainRunner(network, graph, channelAxis, patches, fill, taps, batch));
  }

  private PlainRunner(
      SizedNetwork network,
      Graph graph,
      int channelAxis,
      List<Rectangle> patches,
      List<Float> fill,
      Set<Value> taps,
      int batch) {
    this.total = patches.size() + 1;
    this.macs = graph.layers().stream().mapToLong(Layer::macs).sum() * patches.size();
    try {
      this.session = open(network.session(graph, batch, taps));
      MapShape map =
          session
              .inputMap(channelAxis)
              .orElseThrow(() -> new UnusableOptionException("the network's input is no picture"));
      Device device = session.device();
      this.picture = open(device.allocate((long) map.h() * map.w() * map.c()));
      this.keepPicture = keepPicture(device);
      List<Rectangle> rectangles = new ArrayList<>();
      rectangles.add(new Rectangle(0, 0, 0, 0));
      rectangles.addAll(patches);
      this.occluder = open(device.prepare(new OcclusionSpec(map, rectangles, fill)));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T open(T resource) {
    open.push(resource);
    return resource;
  }

  private Launch keepPicture(Device device) {
    Kernel copy =
        open(
            device.prepare(
                new Spec.Copy(
                    List.of(picture.size()),
                    Collections.nCopies(1, null),
                    List.of(1L),
                    List.of(1L),
                    0)));
    return copy.bind(session.input().slice(0, picture.size()), picture);
  }

  @Override
  public void run(Tensor pictures, int index, Visitor visitor) {
    session.upload(pictures, index, 1);
    keepPicture.run();
    occluder.start(picture, session.input());
    for (int first = 0; first < total; first += session.batch()) {
      int count = Math.min(session.batch(), total - first);
      occluder.occlude(first, count);
      session.run(count);
      int before = first + UNTOUCHED;
      visitor.visit(IntStream.range(before, before + count).toArray());
    }
  }

  @Override
  public Buffer rowsOf(Value value) {
    return session.rowsOf(value);
  }

  @Override
  public Mode engine() {
    return Mode.FULL;
  }

  @Override
  public long macsRun() {
    return macs;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      switch (open.pop()) {
        case Session s -> s.close();
        case Kernel k -> k.close();
        case Occluder o -> o.close();
        case Buffer b -> b.close();
        default -> throw new IllegalStateException("unknown resource");
      }
    }
  }
}
