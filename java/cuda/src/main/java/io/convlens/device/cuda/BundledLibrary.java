package io.convlens.device.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/**
 * Libraries that are packed in a jar on the class path: our kernels, and NVIDIA's where the {@code
 * cuda-redist} jar is. They are unpacked into the user's cache folder once a jar.
 */
final class BundledLibrary {
  private static final List<String> FOLDERS =
      List.of("/io/convlens/device/cuda/linux-x86_64/", "/org/bytedeco/cuda/linux-x86_64/");

  private BundledLibrary() {}

  /** The library as a file, if the class path has it and there is a folder to unpack it into. */
  static Optional<FoundLibrary> unpack(Library library) {
    for (String folder : FOLDERS) {
      URL resource = BundledLibrary.class.getResource(folder + library.file());
      if (resource != null) {
        try {
          return Optional.of(FoundLibrary.of(library, unpack(library, resource), "class path"));
        } catch (IOException e) {
          // What can't be unpacked is not there; where it is needed, its absence is said.
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static Path unpack(Library library, URL resource) throws IOException {
    Path folder = Files.createDirectories(CacheFolder.path().resolve(jarName(resource)));
    Path target = folder.resolve(library.file());
    long size = resource.openConnection().getContentLengthLong();
    if (Files.exists(target) && Files.size(target) == size) {
      return target;
    }
    Path partial = Files.createTempFile(folder, library.file(), ".partial");
    try (InputStream in = resource.openStream()) {
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
    return target;
  }

  /** Distinct for each version of a jar, so that versions don't overwrite each other. */
  private static String jarName(URL resource) {
    String jar = resource.getPath().replaceFirst("!.*", "").replaceFirst(".*/", "");
    return "cuda-" + jar.replaceAll("[^A-Za-z0-9._-]", "_");
  }
}
