package io.convlens.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.Loader;

/**
 * NVIDIA's cuBLAS and cuDNN, loaded once by the first device that is opened. The found files are
 * loaded by their paths before their bindings are touched, so that the bindings use these and no
 * others. Where one is missing, our own kernels do its work.
 *
 * @param blas whether cuBLAS can be used
 * @param dnn whether cuDNN can be used
 * @param notes what is missing, a line each
 */
record NvidiaLibraries(boolean blas, boolean dnn, List<String> notes) {
  private static final List<Library> BLAS = List.of(Library.RUNTIME, Library.BLAS_LT, Library.BLAS);
  private static final List<Library> DNN =
      List.of(Library.DNN_GRAPH, Library.DNN_OPS, Library.DNN_CNN, Library.DNN_ADV);

  /** Loads when it is first asked for: nothing of the bindings is touched before. */
  private static final class Loaded {
    static final NvidiaLibraries LIBRARIES = load(DriverLibrary.search());

    private static NvidiaLibraries load(LibrarySearch search) {
      Optional<String> noBlas = failure(search, BLAS, () -> Loader.load(cublas.class));
      if (noBlas.isPresent()) {
        return new NvidiaLibraries(
            false, false, List.of(noBlas.get() + "; products and convolutions by our kernels"));
      }
      Optional<String> noDnn = failure(search, DNN, () -> Loader.load(cudnn.class));
      return new NvidiaLibraries(
          true,
          noDnn.isEmpty(),
          noDnn.map(why -> List.of(why + "; convolutions by our kernels")).orElse(List.of()));
    }
  }

  NvidiaLibraries {
    notes = List.copyOf(notes);
  }

  /** What the libraries say of their versions, a line each. */
  List<String> versions() {
    List<String> versions = new ArrayList<>();
    if (blas) {
      versions.add("cuBLAS says that it is " + Blas.version());
    }
    if (dnn) {
      versions.add("cuDNN says that it is " + Dnn.version());
    }
    return versions;
  }

  /** The libraries of this machine; there must be a driver. */
  static NvidiaLibraries get() {
    return Loaded.LIBRARIES;
  }

  /** Why libraries can't be used, if they can't. */
  private static Optional<String> failure(
      LibrarySearch search, List<Library> libraries, Runnable bindings) {
    for (Library library : libraries) {
      if (search.find(library).isEmpty()) {
        return Optional.of(LibrarySearch.missing(library));
      }
    }
    try {
      libraries.forEach(l -> System.load(search.find(l).orElseThrow().file().toString()));
      bindings.run();
      return Optional.empty();
    } catch (LinkageError e) {
      return Optional.of(libraries.getLast().title() + " can't be loaded: " + e.getMessage());
    }
  }
}
