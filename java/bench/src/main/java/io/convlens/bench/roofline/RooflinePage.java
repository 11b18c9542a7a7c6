package io.convlens.bench.roofline;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The page, in Markdown.
 *
 * @param gpu whose figures are taken
 * @param nets a batch of each
 * @param gradients a batch of gradients of each, in the same order
 * @param sweeps whole sweeps
 * @param kernels the files that it speaks of
 */
record RooflinePage(
    Gpu gpu,
    List<NetWork> nets,
    List<NetWork> gradients,
    List<SweepWork> sweeps,
    List<KernelFile> kernels) {
  /** Copies the lists. */
  RooflinePage {
    nets = List.copyOf(nets);
    gradients = List.copyOf(gradients);
    sweeps = List.copyOf(sweeps);
    kernels = List.copyOf(kernels);
  }

  String text() {
    return head()
        + kernelTable()
        + netTable()
        + gradientTable()
        + sweepTable()
        + nets.stream().map(this::of).collect(Collectors.joining());
  }

  private String head() {
    return """
        # The kernels, and what a GPU must take for them

        `./ci/roofline` computes this page from the kernels' files and from what the engine gives a device to
        do; it is not written by hand. **No time in it was measured.** Each is a bound: what an
        %s would take if it did nothing but its published %s float32 operations
        and %s bytes of memory traffic a second (%s). The first run on a GPU is to be compared with it.

        One operation a file: kernel and launcher. `common/` is what several share, `test/` holds the tests (on
        the emulator, or on a GPU), `resources/table.txt` has registers, shared memory and occupancy of each
        kernel on each architecture. The C interface is `native/include/convlens_kernels.h`.

        """
        .formatted(gpu.name(), tera(gpu.flops()), tera(gpu.bytes()), gpu.source());
  }

  private String kernelTable() {
    String rows =
        kernels.stream()
            .map(
                k ->
                    "| `%s` | %s | %s |\n"
                        .formatted(k.name(), escaped(k.purpose()), escaped(k.bound())))
            .collect(Collectors.joining());
    return """
        ## Kernels

        Bounds are those that each file states; every element of an operand is read or written once, 4 bytes each.

        | File | What it does | Bound |
        | --- | --- | --- |
        """
        + rows
        + "\n";
  }

  private String netTable() {
    String rows =
        nets.stream()
            .map(
                n ->
                    row(
                        n.net().title(),
                        n.operations().size(),
                        n.flops(),
                        n.bytes(),
                        n.seconds(gpu),
                        Long.toString(Math.round(n.batch() / n.seconds(gpu)))))
            .collect(Collectors.joining());
    return """
        ## Networks

        A batch of %d occluded pictures through each of the eight usual networks at the size it was trained
        at: the batch is made from one picture, the network's operations run as the engine fuses them, and a
        probability of each picture is gathered. The least time is the sum over operations of the larger of
        flops and bytes at the GPU's rates: float32, nothing kept in the L2 cache from one operation to the
        next, products as they stand. (A Winograd or FFT algorithm of cuDNN's needs fewer multiplications, and
        may beat it.)

        | Network | Operations | GFLOP | MB | Least ms | Pictures/s at most |
        | --- | ---: | ---: | ---: | ---: | ---: |
        """
            .formatted(nets.getFirst().batch())
        + rows
        + "\n";
  }

  private String gradientTable() {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < nets.size(); i++) {
      NetWork g = gradients.get(i);
      rows.append(
          row(
              g.net().title(),
              g.operations().size(),
              g.flops(),
              g.bytes(),
              g.seconds(gpu),
              String.format(Locale.ROOT, "%.2f", g.seconds(gpu) / nets.get(i).seconds(gpu))));
    }
    return """
        ## Gradients

        A batch of %d pictures forward and backward, from a class's logit to the picture, as `saliency` runs
        it; bounded as above. The last column is the least time over that of the plain batch above.

        | Network | Operations | GFLOP | MB | Least ms | Times forward |
        | --- | ---: | ---: | ---: | ---: | ---: |
        """
            .formatted(gradients.getFirst().batch())
        + rows
        + "\n";
  }

  private String sweepTable() {
    String rows = sweeps.stream().map(this::row).collect(Collectors.joining());
    return """
        ## Whole sweeps

        One picture under a patch of %d pixels at every position, the `exact` mode: the plan is the one that
        the engine makes for a GPU of %d GB, and every operation of its run is counted, padding of windows to
        a common size included. Launching takes some microseconds each, which no bound holds: the number of
        launches is given for that. *Plain* runs the whole network at every position.

        | Network | Picture | Stride | Positions | Engine | Launches | GFLOP | MB | Least ms | Positions/s at most | Plain: least ms |
        | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
        """
            .formatted(SweepWork.PATCH, gpu.memory() / 1_000_000_000)
        + rows
        + "\n";
  }

  private String row(SweepWork s) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %s | %d | %.1f | %.1f | %.3f | %d | %.3f |\n",
        s.net().title(),
        s.side(),
        s.stride(),
        s.positions(),
        s.byDifferences() ? "differences" : "plain",
        s.operations().size(),
        s.flops() / 1e9,
        s.bytes() / 1e6,
        s.seconds(gpu) * 1e3,
        Math.round(s.positions() / s.seconds(gpu)),
        s.plainSeconds(gpu) * 1e3);
  }

  private String of(NetWork net) {
    Map<String, List<Work>> byKernel =
        net.operations().stream()
            .collect(Collectors.groupingBy(Work::kernel, TreeMap::new, Collectors.toList()));
    String rows =
        byKernel.entrySet().stream()
            .map(e -> kernelRow(e.getKey(), e.getValue()))
            .collect(Collectors.joining());
    return """
        ### %s

        | Kernel | Operations | GFLOP | MB | Least ms | Memory-bound |
        | --- | ---: | ---: | ---: | ---: | ---: |
        """
            .formatted(net.net().title())
        + rows
        + "\n";
  }

  private String kernelRow(String kernel, List<Work> works) {
    long waiting = works.stream().filter(w -> w.isBoundByMemory(gpu)).count();
    return row(
        "`" + kernel + "`",
        works.size(),
        works.stream().mapToDouble(Work::flops).sum(),
        works.stream().mapToDouble(Work::bytes).sum(),
        works.stream().mapToDouble(w -> w.seconds(gpu)).sum(),
        Long.toString(waiting));
  }

  private static String row(
      String name, int operations, double flops, double bytes, double seconds, String last) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %.1f | %.1f | %.3f | %s |\n",
        name,
        operations,
        flops / 1e9,
        bytes / 1e6,
        seconds * 1e3,
        last);
  }

  private static String escaped(String text) {
    return text.replace("*", "\\*");
  }

  private static String tera(double number) {
    return String.format(Locale.ROOT, "%.4g·10¹²", number / 1e12).replaceAll("\\.?0+·", "·");
  }
}
