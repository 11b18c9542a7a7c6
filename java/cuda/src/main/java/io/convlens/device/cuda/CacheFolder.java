package io.convlens.device.cuda;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The user's own folder for what can be made again. */
final class CacheFolder {
  private CacheFolder() {}

  /** Where it is; it may not exist. */
  static Path path() {
    @Nullable String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg != null && Path.of(xdg).isAbsolute()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("convlens");
  }
}
