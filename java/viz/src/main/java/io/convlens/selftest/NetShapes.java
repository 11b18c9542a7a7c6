package io.convlens.selftest;

import io.convlens.device.MapShape;
import io.convlens.device.Spec;
import io.convlens.device.Spec.Post;
import io.convlens.device.Window3;
import io.convlens.device.Window3.Axes;
import io.convlens.graph.Activation;
import io.convlens.graph.Node;
import io.convlens.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The operations of the usual networks. */
final class NetShapes {
  private static final String RESOURCE = "net-shapes.txt";
  private static final int PICTURES = 2;

  /** Multiply-adds a picture, above which an operation is cut: pictures lose rows, then columns. */
  private final long most;

  NetShapes(long most) {
    this.most = most;
  }

  /** A line each: network, operation, numbers. */
  static List<String> lines() {
    try (InputStream in = NetShapes.class.getResourceAsStream(RESOURCE);
        var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Trial trial(String line) {
    String[] words = line.split(" ", -1);
    int[] n = Arrays.stream(words).skip(2).mapToInt(Integer::parseInt).toArray();
    String net = words[0].replace('_', '-');
    String kind = words[1];
    return switch (kind) {
      case "conv" -> conv(net, n);
      case "lrn" -> lrn(net, n);
      case "linear" -> linear(net, n);
      case "mean" -> mean(net, n);
      default -> pool(net, kind.substring("pool.".length()), n);
    };
  }

  private static Window3 window(int[] n, int from) {
    var one = new Axes(1, 1, 1);
    return new Window3(
        new Axes(1, n[from], n[from + 1]),
        new Axes(1, n[from + 2], n[from + 3]),
        one,
        new Axes(0, n[from + 4], n[from + 5]),
        new Axes(0, n[from + 6], n[from + 7]));
  }

  private Trial conv(String net, int[] n) {
    Window3 w = window(n, 5);
    int channels = n[0];
    int filters = n[3];
    int groups = n[4];
    long macsOfPlace = (long) filters * channels / groups * w.kernel().h() * w.kernel().w();
    int columns = Math.clamp(most / macsOfPlace, 1, out(n[2], w, 2));
    int rows = Math.clamp(most / (macsOfPlace * columns), 1, out(n[1], w, 1));
    MapShape src =
        MapShape.dense(PICTURES, 1, in(rows, n[1], w, 1), in(columns, n[2], w, 2), channels);
    MapShape dst = MapShape.dense(PICTURES, 1, out(src.h(), w, 1), out(src.w(), w, 2), filters);
    double scale = Math.sqrt(3.0 * groups / ((double) channels * w.kernel().h() * w.kernel().w()));
    Tensor weights =
        Numbers.tensor(1, scale, filters, channels / groups, w.kernel().h(), w.kernel().w());
    Tensor bias = Numbers.tensor(2, 1, filters);
    var spec =
        new Spec.Conv(
            src,
            dst,
            w,
            groups,
            weights,
            bias,
            List.of(new Post.Add(filters), new Post.Act(new Activation.Relu())));
    return new Trial(
        groups > 1 && groups == channels ? "depthwise conv" : "conv",
        net,
        spec,
        List.of(src.span(), dst.span(), dst.span()),
        false,
        List.of(weights, bias));
  }

  private static int out(int in, Window3 w, int axis) {
    int padded = in + w.padBegin().get(axis) + w.padEnd().get(axis);
    return (padded - w.kernel().get(axis)) / w.stride().get(axis) + 1;
  }

  /** The least extent that gives so many outputs, at most the whole. */
  private static int in(int out, int whole, Window3 w, int axis) {
    int reach = (out - 1) * w.stride().get(axis) + w.kernel().get(axis);
    return Math.clamp(reach - w.padBegin().get(axis) - w.padEnd().get(axis), 1, whole);
  }

  private Trial pool(String net, String kind, int[] n) {
    Window3 w = window(n, 5);
    int rows = Math.clamp(most / ((long) n[0] * n[2]), w.kernel().h(), n[1]);
    MapShape src = MapShape.dense(PICTURES, 1, rows, n[2], n[0]);
    int outRows = rows == n[1] ? n[3] : out(rows, w, 1);
    MapShape dst = MapShape.dense(PICTURES, 1, outRows, n[4], n[0]);
    var spec =
        new Spec.Pool(
            src, dst, Node.PoolKind.valueOf(kind.toUpperCase(Locale.ROOT)), w, w.padEnd(), 1);
    return new Trial("pool", net, spec, List.of(src.span(), dst.span()), false, List.of());
  }

  private static Trial lrn(String net, int[] n) {
    MapShape map = MapShape.dense(PICTURES, 1, n[1], n[2], n[0]);
    var spec = new Spec.Lrn(map, map, n[3], 1e-4f, 0.75f, 1);
    return new Trial("lrn", net, spec, List.of(map.span(), map.span()), false, List.of());
  }

  private Trial linear(String net, int[] n) {
    int columns = Math.clamp(most / n[0], 1, n[1]);
    Tensor weights = Numbers.tensor(1, Math.sqrt(3.0 / n[0]), columns, n[0]);
    Tensor bias = Numbers.tensor(2, 1, columns);
    var spec =
        new Spec.MatMul(1, 1, 1, PICTURES, n[0], columns, 1, weights, false, bias, List.of());
    return new Trial(
        "matmul",
        net,
        spec,
        List.of((long) PICTURES * n[0], (long) PICTURES * columns),
        false,
        List.of(weights, bias));
  }

  private static Trial mean(String net, int[] n) {
    long places = (long) n[1] * n[2];
    long channels = n[0];
    var spec =
        new Spec.Reduce(
            Node.ReduceKind.MEAN,
            List.of((long) PICTURES, places, channels),
            List.of(false, true, false),
            List.of(places * channels, channels, 1L),
            List.of(channels, 0L, 1L));
    return new Trial(
        "reduce",
        net,
        spec,
        List.of(PICTURES * places * channels, PICTURES * channels),
        false,
        List.of());
  }

  /** All trials' lines, each made when it is its turn. */
  List<java.util.function.Supplier<Trial>> all() {
    List<java.util.function.Supplier<Trial>> all = new ArrayList<>();
    lines().forEach(line -> all.add(() -> trial(line)));
    return all;
  }
}
