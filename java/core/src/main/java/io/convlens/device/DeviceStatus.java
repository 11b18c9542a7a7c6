package io.convlens.device;

import java.util.List;

/**
 * A device that could be used, or why it can't.
 *
 * @param id as people ask for it
 * @param usable whether {@link DeviceProvider#open} will do
 * @param description what it is (name, library and version), or what is missing and how to get it
 * @param libraries for each library that it uses the file and version, or how to get it; a line
 *     each
 */
public record DeviceStatus(String id, boolean usable, String description, List<String> libraries) {
  /** Copies the list. */
  public DeviceStatus {
    libraries = List.copyOf(libraries);
  }

  /** A device that brings its libraries with it. */
  public DeviceStatus(String id, boolean usable, String description) {
    this(id, usable, description, List.of());
  }
}
