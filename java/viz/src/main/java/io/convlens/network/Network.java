package io.convlens.network;

import io.convlens.device.Device;
import io.convlens.device.Devices;
import io.convlens.graph.Graph;
import io.convlens.graph.Model;
import io.convlens.image.FittedPreprocess;
import io.convlens.image.Picture;
import io.convlens.image.Prepared;
import io.convlens.image.Preprocess;
import io.convlens.io.UnusableInputException;
import io.convlens.tensor.Shape;
import io.convlens.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A trained network on a device.
 *
 * <pre>{@code
 * try (var net = Network.load(Path.of("squeezenet.onnx"));
 *     var cat = net.prepare(Preprocess.named("caffe"), Picture.read(Path.of("cat.png")))) {
 *   OcclusionMap map = Occlusion.with(o -> o.patch(32).stride(8)).map(net, cat.input());
 * }
 * }</pre>
 *
 * <p>For one thread at a time; several networks in several threads are fine. Closing it closes the
 * device that it opened.
 */
public final class Network implements AutoCloseable {
  private final Path file;
  private final Model model;
  private final Device device;
  private final NetworkOptions options;
  private final Map<Shape, SizedNetwork> sizes = new HashMap<>();
  private final List<Network> everywhere = new ArrayList<>();

  private Network(Path file, Model model, Device device, NetworkOptions options) {
    this.file = file;
    this.model = model;
    this.device = device;
    this.options = options;
  }

  /**
   * Loads an ONNX file with {@link NetworkOptions#DEFAULT}. See {@link #load(Path,
   * NetworkOptions)}.
   */
  public static Network load(Path file) {
    return load(file, NetworkOptions.DEFAULT);
  }

  /**
   * Loads an ONNX file.
   *
   * @throws UnusableInputException if the file is unusable, with the reason
   * @throws io.convlens.device.DeviceException if the device can't be had
   */
  public static Network load(Path file, NetworkOptions options) {
    Model model = Model.read(file);
    try {
      Device device = Devices.open(options.device(), options.opened());
      return new Network(file, model, device, options);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /** The ONNX file. */
  public Path file() {
    return file;
  }

  /** What the file says of itself. */
  public Model model() {
    return model;
  }

  /** The device. */
  public Device device() {
    return device;
  }

  /**
   * This network on each of the devices that were asked for: {@code cuda} stands for all usable
   * GPUs. This one comes first; the others are loaded by the first call, may be used by other
   * threads, and are closed with this one.
   *
   * @throws io.convlens.device.DeviceException if one of the devices can't be had
   */
  public List<Network> onEachDevice() {
    if (everywhere.isEmpty()) {
      everywhere.add(this);
      for (String id : Devices.ids(options.device())) {
        if (!id.equals(device.info().id())) {
          everywhere.add(load(file, options.withDevice(id)));
        }
      }
    }
    return List.copyOf(everywhere);
  }

  /** How it was loaded. */
  public NetworkOptions options() {
    return options;
  }

  /** The names of the classes. */
  public Labels labels() {
    return options.labels();
  }

  /**
   * What it takes as a picture.
   *
   * @throws UnusableInputException if it takes none
   */
  public PictureInput pictureInput() {
    return PictureInput.of(file, model.input());
  }

  /**
   * A preprocessing with the sizes that the network fixes.
   *
   * @throws UnusableInputException if the network takes no pictures
   */
  public FittedPreprocess fit(Preprocess preprocess) {
    PictureInput input = pictureInput();
    return preprocess.fit(input.channels(), input.height(), input.width());
  }

  /**
   * A picture as this network takes it; the caller closes it.
   *
   * @return the input {@code [1,C,H,W]}, or {@code [1,H,W,C]} where the network's channels are
   *     last, and the picture that it shows
   * @throws UnusableInputException if the network takes no such pictures
   */
  public Prepared prepare(Preprocess preprocess, Picture picture) {
    Prepared prepared = fit(preprocess).apply(picture);
    if (pictureInput().channelAxis() == 1) {
      return prepared;
    }
    try (Tensor planes = prepared.input()) {
      Shape s = planes.shape();
      Tensor turned = Tensor.zeros(s.permute(0, 2, 3, 1));
      planes.transposeRows(s.intDim(1), Math.toIntExact(s.dim(2) * s.dim(3)), turned);
      return new Prepared(turned, prepared.shown());
    }
  }

  /** The file's SHA-256, in hexadecimal. */
  public String sha256() {
    try (InputStream in = Files.newInputStream(file)) {
      var digest = MessageDigest.getInstance("SHA-256");
      byte[] part = new byte[1 << 16];
      for (int n = in.read(part); n >= 0; n = in.read(part)) {
        digest.update(part, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new UnusableInputException(file, "can't be read: " + e.getMessage(), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * The network for inputs of one size.
   *
   * @param input {@code [N,C,H,W]} or what the network takes; N doesn't matter
   * @throws UnusableInputException if the network takes no such input
   */
  public SizedNetwork sized(Shape input) {
    checkSize(input);
    Shape one = input.rank() == 0 ? input : input.with(0, 1);
    return sizes.computeIfAbsent(
        one,
        _ -> {
          Graph graph = model.graph(one.dims());
          if (graph.outputs().isEmpty()) {
            throw new UnusableInputException(file, "its output does not depend on its input");
          }
          return new SizedNetwork(this, graph);
        });
  }

  private void checkSize(Shape input) {
    List<OptionalInt> declared = model.input().dims();
    boolean fits = declared.size() == input.rank();
    for (int i = 1; fits && i < declared.size(); i++) {
      OptionalInt d = declared.get(i);
      fits = d.isEmpty() || d.getAsInt() == input.dim(i);
    }
    if (!fits) {
      throw new UnusableInputException(
          file, "takes inputs %s, not %s".formatted(inputText(), input));
    }
  }

  /** The input's extents for a person: {@code [N,3,224,?]}. */
  public String inputText() {
    List<OptionalInt> dims = model.input().dims();
    var text = new StringBuilder("[");
    for (int i = 0; i < dims.size(); i++) {
      OptionalInt d = dims.get(i);
      text.append(i == 0 ? "N" : "," + (d.isPresent() ? d.getAsInt() : "?"));
    }
    return text.append("]").toString();
  }

  /**
   * The network's answers.
   *
   * @param inputs {@code [N,C,H,W]} or what the network takes
   */
  public Predictions predict(Tensor inputs) {
    return sized(inputs.shape()).predict(inputs);
  }

  /** Frees everything; twice is fine. */
  @Override
  public void close() {
    List<Network> others = everywhere.stream().filter(n -> n != this).toList();
    everywhere.clear();
    sizes.values().forEach(SizedNetwork::close);
    sizes.clear();
    try {
      device.close();
    } finally {
      model.close();
      closeAll(others);
    }
  }

  /** Each one, whatever becomes of those before. */
  private static void closeAll(List<Network> networks) {
    if (!networks.isEmpty()) {
      try {
        networks.getFirst().close();
      } finally {
        closeAll(networks.subList(1, networks.size()));
      }
    }
  }
}
