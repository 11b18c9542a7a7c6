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

  private Roofline() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: Roofline KERNELS-FOLDER PAGE.md");
      System.exit(2);
    }
    List<NetWork> works = new ArrayList<>();
    for (Nets net : USUAL) {
      works.add(NetWork.of(net, BATCH));
    }
    String page = new RooflinePage(Gpu.H100, works, KernelFile.in(Path.of(args[0]))).text();
    WholeFile.write(Path.of(args[1]), page);
  }
}
