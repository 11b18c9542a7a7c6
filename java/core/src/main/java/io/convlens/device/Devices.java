package io.convlens.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The devices of this machine, of every kind that is on the class path. */
public final class Devices {
  private static final String CPU = "cpu";

  /** Kinds that people may ask for, and what to say where none on the class path offers them. */
  private static final Map<String, String> ABSENT =
      Map.of(
          CPU,
          "the CPU device (convlens-cpu) is not on the class path",
          "cuda",
          "this build of ConvLens has no CUDA device; --device cpu runs on the CPU");

  private Devices() {}

  private static List<DeviceProvider> providers() {
    return ServiceLoader.load(DeviceProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /** Every device, and for each that can't be used the reason. */
  public static List<DeviceStatus> all() {
    List<DeviceStatus> all = new ArrayList<>();
    List<DeviceProvider> providers = providers();
    providers.forEach(p -> all.addAll(p.probe()));
    ABSENT.keySet().stream()
        .sorted()
        .filter(kind -> providers.stream().noneMatch(p -> p.kind().equals(kind)))
        .forEach(kind -> all.add(new DeviceStatus(kind, false, ABSENT.get(kind))));
    return all;
  }

  /**
   * Opens a device.
   *
   * @param request {@code auto} (the first usable GPU, else the CPU), a kind ({@code cpu}, {@code
   *     cuda}), or an id ({@code cuda:1}); one asked for by name is never replaced by another
   * @throws DeviceException if it can't be had, {@link DeviceException.Kind#UNAVAILABLE}, with the
   *     reason
   */
  public static Device open(String request, DeviceOptions options) {
    if (request.equals("auto")) {
      return openAny(options);
    }
    List<String> reasons = new ArrayList<>();
    for (DeviceProvider provider : providers()) {
      // Looking for what nobody asked for may load libraries.
      List<DeviceStatus> here = request.startsWith(provider.kind()) ? provider.probe() : List.of();
      for (DeviceStatus status : here) {
        if (answers(status, provider.kind(), request)) {
          if (status.usable()) {
            return provider.open(status.id(), options);
          }
          reasons.add(status.description());
        }
      }
    }
    if (reasons.isEmpty()) {
      reasons.add(absent(request));
    }
    throw new DeviceException(
        DeviceException.Kind.UNAVAILABLE,
        "device " + request + " is not available: " + String.join("; ", reasons));
  }

  /**
   * The devices that a request stands for: of a kind, all that can be used; else the request
   * itself, which {@link #open} may refuse.
   */
  public static List<String> ids(String request) {
    List<String> ids = new ArrayList<>();
    for (DeviceProvider provider : providers()) {
      if (provider.kind().equals(request)) {
        provider.probe().stream().filter(DeviceStatus::usable).forEach(s -> ids.add(s.id()));
      }
    }
    return ids.isEmpty() ? List.of(request) : ids;
  }

  /** Whether a status is of what was asked for; one of a whole kind is of each of that kind. */
  private static boolean answers(DeviceStatus status, String kind, String request) {
    return status.id().equals(request)
        || kind.equals(request)
        || (status.id().equals(kind) && request.startsWith(kind + ":"));
  }

  private static String absent(String request) {
    String kind = request.replaceFirst(":.*", "");
    boolean offered = providers().stream().anyMatch(p -> p.kind().equals(kind));
    return offered || !ABSENT.containsKey(kind) ? "there is " + known() : ABSENT.get(kind);
  }

  private static String known() {
    return all().stream()
        .filter(DeviceStatus::usable)
        .map(DeviceStatus::id)
        .collect(Collectors.joining(", "));
  }

  private static Device openAny(DeviceOptions options) {
    List<String> reasons = new ArrayList<>();
    List<DeviceProvider> gpusFirst = new ArrayList<>(providers());
    gpusFirst.sort((a, b) -> Boolean.compare(a.kind().equals(CPU), b.kind().equals(CPU)));
    for (DeviceProvider provider : gpusFirst) {
      for (DeviceStatus status : provider.probe()) {
        if (status.usable()) {
          return provider.open(status.id(), options);
        }
        reasons.add(status.id() + ": " + status.description());
      }
    }
    throw new DeviceException(
        DeviceException.Kind.UNAVAILABLE, "no device can be used: " + String.join("; ", reasons));
  }
}
