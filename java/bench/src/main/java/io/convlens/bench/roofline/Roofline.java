package io.convlens.bench.roofline;

import io.convlens.graph.Nets;
import io.convlens.io.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the roofline page. Its arguments: the folder of the kernels and the file to write.
 *
 * <pre>{@code
 * ./ci/roofline
 * }</pre>
 */
public final class Roofline {
  /** The networks that people mean by "the usual ones". */
  static final List<Nets> USUAL =
      List.of(
          Nets.ALEXNET,
          Nets.VGG_16,
          Nets.RESNET_18,
          Nets.RESNET_50,
          Nets.GOOGLENET,
          Nets.SQUEEZENET_1_1,
          Nets.MOBILENET_V2,
          Nets.DENSENET_121);

  /** Pictures a batch: enough that weights are a small part of what is read. */
  static final int BATCH = 64;

  /** Of whole sweeps: from one position to the next. */
  static final int STRIDE = 4;

  private static final int LARGE_SIDE = 448;
  private static final int LARGE_STRIDE = 8;

  private Roofline() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: Roofline KERNELS-FOLDER PAGE.md");
      System.exit(2);
    }
    List<NetWork> works = new ArrayList<>();
    List<NetWork> gradients = new ArrayList<>();
    List<SweepWork> sweeps = new ArrayList<>();
    for (Nets net : USUAL) {
      works.add(NetWork.of(net, BATCH));
      gradients.add(NetWork.gradient(net, BATCH));
      sweeps.add(SweepWork.of(net, net.options().height(), STRIDE, Gpu.H100));
    }
    sweeps.add(SweepWork.of(Nets.VGG_16, LARGE_SIDE, LARGE_STRIDE, Gpu.H100));
    List<KernelFile> kernels = KernelFile.in(Path.of(args[0]));
    String page = new RooflinePage(Gpu.H100, works, gradients, sweeps, kernels).text();
    WholeFile.write(Path.of(args[1]), page);
  }
}
