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
 * @param kernels the files that it speaks of
 */
record RooflinePage(Gpu gpu, List<NetWork> nets, List<KernelFile> kernels) {
  /** Copies the lists. */
  RooflinePage {
    nets = List.copyOf(nets);
    kernels = List.copyOf(kernels);
  }

  String text() {
    return head()
        + kernelTable()
        + netTable()
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
