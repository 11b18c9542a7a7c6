package io.convlens.device;

/**
 * A device that could be used, or why it can't.
 *
 * @param id as people ask for it
 * @param usable whether {@link DeviceProvider#open} will do
 * @param description what it is (name, library and version), or what is missing and how to get it
 */
public record DeviceStatus(String id, boolean usable, String description) {}
